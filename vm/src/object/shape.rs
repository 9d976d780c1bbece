//! Shapes: which string keys a table has, in which order, and (once it pays) which metatable.
//!
//! A table with string keys points to a shape by number; the shape maps key → slot, the table holds the slots. Adding
//! a key moves the table to the shape's child for that key. One comparison of shape numbers therefore proves the position
//! of every own key, the absence of others, and the metatable.
//!
//! ```text
//! EMPTY ── "x" ──► {x:0} ── "y" ──► {x:0, y:1} ── metatable P ──► {x:0, y:1 | P}
//! ```
//!
//! Children share one key list with their parent as long as they extend it at its end.
//!
//! Invariants: a slot never moves between shapes of one table's life (a nil store keeps it); shape numbers are never
//! used twice, so a stale inline cache misses. A shape with the flag [`METATABLE_APART`] says nothing about the metatable (the body holds
//! it). [`PROTOTYPE`] shapes belong to tables reached through `__index`; adding keys to them bumps the prototype epoch.
//!
//! What this does not do (yet): forget shapes; kinds of slots (heap.md: a NaN test on the arithmetic's result gives most
//! of what they would).

use super::Table;
use crate::value::Value;
use rustc_hash::FxHashMap;

/// Number of a shape.
pub type ShapeId = u32;

/// The shape of a table without string keys and without a metatable.
pub const EMPTY_SHAPE: ShapeId = 0;
/// The shape of tables in dictionary mode: string keys in a hash part, metatable in the body.
pub const DICTIONARY_SHAPE: ShapeId = 1;
/// Pseudo shape that inline caches use for strings.
pub const STRING_PSEUDO_SHAPE: ShapeId = 2;
/// Cache word that no table carries.
pub const NO_SHAPE: ShapeId = u32::MAX;

/// A table goes to dictionary mode beyond this many string keys.
pub const MOST_SLOTS: u32 = 128;
/// A shape hands out at most this many children by key.
pub const MOST_CHILDREN: usize = 64;
/// Beyond this many shapes in one heap, new keys make dictionaries.
pub const MOST_SHAPES: usize = 1 << 20;

/// The metatable, if any, is in the table's body.
pub const METATABLE_APART: u8 = 1;
/// String keys are in a hash part.
pub const DICTIONARY: u8 = 2;
/// The table is reached through some `__index`.
pub const PROTOTYPE: u8 = 4;

/// Transition keys that are not strings.
const APART_TRANSITION: Value = Value::marker(4);
const PROTOTYPE_TRANSITION: Value = Value::marker(5);
const NO_METATABLE_TRANSITION: Value = Value::marker(6);

/// One shape.
pub struct Shape {
    /// Number of slots.
    pub slot_count: u32,
    key_list: u32,
    /// Flag bits.
    pub flags: u8,
    /// The metatable of every table with this shape, or null.
    pub metatable: *mut Table,
    children: Children,
    /// The shape that this one was made of, and by which key or transition.
    parent: (ShapeId, Value),
}

enum Children {
    Few(Vec<(u64, ShapeId)>),
    Many(FxHashMap<u64, ShapeId>),
}

impl Children {
    fn get(&self, key: Value) -> Option<ShapeId> {
        match self {
            Children::Few(list) => list
                .iter()
                .find(|entry| entry.0 == key.bits())
                .map(|entry| entry.1),
            Children::Many(map) => map.get(&key.bits()).copied(),
        }
    }
    fn insert(&mut self, key: Value, child: ShapeId) {
        match self {
            Children::Few(list) if list.len() < 8 => list.push((key.bits(), child)),
            Children::Few(list) => {
                let mut map: FxHashMap<u64, ShapeId> = list.drain(..).collect();
                map.insert(key.bits(), child);
                *self = Children::Many(map);
            }
            Children::Many(map) => {
                map.insert(key.bits(), child);
            }
        }
    }
    fn len(&self) -> usize {
        match self {
            Children::Few(list) => list.len(),
            Children::Many(map) => map.len(),
        }
    }
}

#[derive(Default)]
struct KeyList {
    keys: Vec<Value>,
    index: Option<FxHashMap<u64, u32>>,
}

/// All shapes of a heap.
pub struct Shapes {
    shapes: Vec<Shape>,
    key_lists: Vec<KeyList>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self::new()
    }
}

impl Shapes {
    /// The three reserved shapes.
    pub fn new() -> Shapes {
        let reserved = |flags| Shape {
            slot_count: 0,
            key_list: 0,
            flags,
            metatable: std::ptr::null_mut(),
            children: Children::Few(Vec::new()),
            parent: (NO_SHAPE, Value::NIL),
        };
        Shapes {
            shapes: vec![
                reserved(0),
                reserved(DICTIONARY | METATABLE_APART),
                reserved(0),
            ],
            key_lists: vec![KeyList::default()],
        }
    }
    /// A shape by number.
    #[inline(always)]
    pub fn get(&self, id: ShapeId) -> &Shape {
        &self.shapes[id as usize]
    }
    /// Number of shapes.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }
    /// Never true: three shapes are reserved.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }
    /// A number that behaves as a shape in inline caches but belongs to no table (userdata types).
    pub fn new_pseudo_shape(&mut self) -> ShapeId {
        self.push(0, 0, 0, std::ptr::null_mut())
    }
    /// Slot of an interned string key.
    #[inline]
    pub fn lookup(&self, id: ShapeId, key: Value) -> Option<u32> {
        let shape = &self.shapes[id as usize];
        let list = &self.key_lists[shape.key_list as usize];
        if let Some(index) = &list.index {
            return index
                .get(&key.bits())
                .copied()
                .filter(|&slot| slot < shape.slot_count);
        }
        list.keys[..shape.slot_count as usize]
            .iter()
            .position(|&own| own == key)
            .map(|slot| slot as u32)
    }
    /// Key of a slot.
    pub fn key_at(&self, id: ShapeId, slot: u32) -> Value {
        let shape = &self.shapes[id as usize];
        self.key_lists[shape.key_list as usize].keys[slot as usize]
    }
    /// The shape that a table of shape `id` gets with one more key, if one ever did.
    pub fn child(&self, id: ShapeId, key: Value) -> Option<ShapeId> {
        self.shapes[id as usize].children.get(key)
    }
    fn push(
        &mut self,
        slot_count: u32,
        key_list: u32,
        flags: u8,
        metatable: *mut Table,
    ) -> ShapeId {
        let id = self.shapes.len() as ShapeId;
        self.shapes.push(Shape {
            slot_count,
            key_list,
            flags,
            metatable,
            children: Children::Few(Vec::new()),
            parent: (NO_SHAPE, Value::NIL),
        });
        id
    }
    fn adopt(&mut self, parent: ShapeId, transition: Value, child: ShapeId) {
        self.shapes[child as usize].parent = (parent, transition);
        let children = &mut self.shapes[parent as usize].children;
        children.insert(transition, child);
    }
    /// The shape with one more key; `None` if the table has to become a dictionary.
    pub fn add_key(&mut self, id: ShapeId, key: Value) -> Option<ShapeId> {
        let shape = &self.shapes[id as usize];
        if let Some(child) = shape.children.get(key) {
            return Some(child);
        }
        if shape.slot_count >= MOST_SLOTS
            || shape.children.len() >= MOST_CHILDREN && id != EMPTY_SHAPE
            || shape.children.len() >= 4096
            || self.shapes.len() >= MOST_SHAPES
        {
            return None;
        }
        let (slot_count, flags, metatable) = (shape.slot_count, shape.flags, shape.metatable);
        let key_list = self.extended_list(shape.key_list, slot_count, key);
        let child = self.push(slot_count + 1, key_list, flags, metatable);
        self.adopt(id, key, child);
        Some(child)
    }
    fn extended_list(&mut self, list_id: u32, slot_count: u32, key: Value) -> u32 {
        let list = &self.key_lists[list_id as usize];
        let target = if list.keys.len() == slot_count as usize && list_id != 0 {
            list_id
        } else {
            let keys = list.keys[..slot_count as usize].to_vec();
            self.key_lists.push(KeyList { keys, index: None });
            self.key_lists.len() as u32 - 1
        };
        let list = &mut self.key_lists[target as usize];
        list.keys.push(key);
        if let Some(index) = &mut list.index {
            index.insert(key.bits(), slot_count);
        } else if list.keys.len() > 8 {
            list.index = Some(
                list.keys
                    .iter()
                    .enumerate()
                    .map(|(slot, key)| (key.bits(), slot as u32))
                    .collect(),
            );
        }
        target
    }
    fn variant(
        &mut self,
        id: ShapeId,
        transition: Value,
        flags: u8,
        metatable: *mut Table,
    ) -> ShapeId {
        if let Some(child) = self.shapes[id as usize].children.get(transition) {
            return child;
        }
        let shape = &self.shapes[id as usize];
        let (slot_count, key_list) = (shape.slot_count, shape.key_list);
        let child = self.push(slot_count, key_list, flags, metatable);
        self.adopt(id, transition, child);
        child
    }
    /// The same keys with the metatable in the shape; `None` when there are too many shapes.
    pub fn with_metatable(&mut self, id: ShapeId, metatable: *mut Table) -> Option<ShapeId> {
        let flags = self.shapes[id as usize].flags & !METATABLE_APART;
        let transition = if metatable.is_null() {
            NO_METATABLE_TRANSITION
        } else {
            Value::table(metatable)
        };
        if self.shapes.len() >= MOST_SHAPES {
            return None;
        }
        Some(self.variant(id, transition, flags, metatable))
    }
    /// The same keys with the metatable apart.
    pub fn with_metatable_apart(&mut self, id: ShapeId) -> ShapeId {
        let flags = self.shapes[id as usize].flags | METATABLE_APART;
        self.variant(id, APART_TRANSITION, flags, std::ptr::null_mut())
    }
    /// The shape that a table of shape `id`, whose metatable is apart, would have if its metatable had gone into the shape at once.
    pub fn settled(&mut self, id: ShapeId, metatable: *mut Table) -> Option<ShapeId> {
        let mut steps = Vec::new();
        let mut at = id;
        loop {
            let (parent, step) = self.shapes[at as usize].parent;
            if parent == NO_SHAPE {
                return None;
            }
            at = parent;
            if step == APART_TRANSITION {
                break;
            }
            steps.push(step);
        }
        let mut shape = self.with_metatable(at, metatable)?;
        for step in steps.into_iter().rev() {
            shape = if step == PROTOTYPE_TRANSITION {
                self.as_prototype(shape)
            } else {
                self.add_key(shape, step)?
            };
        }
        Some(shape)
    }
    /// The same keys and metatable, marked as a prototype.
    pub fn as_prototype(&mut self, id: ShapeId) -> ShapeId {
        let shape = &self.shapes[id as usize];
        if shape.flags & (PROTOTYPE | DICTIONARY) != 0 {
            return id;
        }
        let (flags, metatable) = (shape.flags | PROTOTYPE, shape.metatable);
        self.variant(id, PROTOTYPE_TRANSITION, flags, metatable)
    }
    /// Everything that shapes keep alive.
    pub fn for_each_root(&self, mut visit: impl FnMut(Value)) {
        for list in &self.key_lists {
            list.keys.iter().for_each(|&key| visit(key));
        }
        for shape in &self.shapes {
            if !shape.metatable.is_null() {
                visit(Value::table(shape.metatable));
            }
        }
    }
}
