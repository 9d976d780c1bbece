//! Meshes: how they are made, and their methods.

use super::arguments::{
    OrRaise, behind_arguments, element_float_at, enumeration, float, optional_enumeration,
    unknown_name,
};
use super::graphics::{DRAWABLE, context, functions, placement, push_texture, texture};
use super::object::{LoveObject, ObjectType, object, push_object};
use crate::graphics::{Attachment, ComponentType, Mesh, MeshMode, Named, VertexAttribute};
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use std::cell::RefCell;
use std::rc::Rc;

pub(super) const FUNCTIONS: &[Builtin] = functions! {
    "love.graphics.drawInstanced" "(mesh: Mesh, count: integer, x: number = 0, y: number = 0, r: number = 0, sx: number = 1, sy: number?, ox: number = 0, oy: number = 0, kx: number = 0, ky: number = 0)" "Draws a mesh many times; shaders can tell the instances apart." WRITES draw_instanced;
    "love.graphics.newMesh" "(vertices: any, ...) -> Mesh" "Makes a mesh." ALLOCATES new_mesh;
};

pub(super) static MESH: ObjectType = ObjectType {
    name: "Mesh",
    parent: Some(&DRAWABLE),
    methods: functions! {
        "Mesh:setVertices" "(mesh: Mesh, vertices: table, start: integer = 1, count: integer?)" "Replaces vertices." WRITES set_vertices;
        "Mesh:setVertex" "(mesh: Mesh, index: integer, ...)" "Replaces a vertex." WRITES set_vertex;
        "Mesh:getVertex" "(mesh: Mesh, index: integer) -> ..." "The numbers of a vertex." READS get_vertex;
        "Mesh:setVertexAttribute" "(mesh: Mesh, index: integer, attribute: integer, ...)" "Replaces an attribute of a vertex." WRITES set_vertex_attribute;
        "Mesh:getVertexAttribute" "(mesh: Mesh, index: integer, attribute: integer) -> ..." "The numbers of an attribute." READS get_vertex_attribute;
        "Mesh:getVertexCount" "(mesh: Mesh) -> integer" "Vertices." READS get_vertex_count;
        "Mesh:getVertexFormat" "(mesh: Mesh) -> table" "Names, types and components of attributes." ALLOCATES get_vertex_format;
        "Mesh:setVertexMap" "(mesh: Mesh, ...)" "Sets the order of vertices." WRITES set_vertex_map;
        "Mesh:getVertexMap" "(mesh: Mesh) -> table" "The order of vertices." ALLOCATES get_vertex_map;
        "Mesh:setTexture" "(mesh: Mesh, texture: Texture?)" "Sets the texture." WRITES set_texture;
        "Mesh:getTexture" "(mesh: Mesh) -> Texture" "The texture." READS get_texture;
        "Mesh:setDrawMode" "(mesh: Mesh, mode: string)" "Sets how vertices form triangles." WRITES set_draw_mode;
        "Mesh:getDrawMode" "(mesh: Mesh) -> string" "How vertices form triangles." READS get_draw_mode;
        "Mesh:setDrawRange" "(mesh: Mesh, start: integer?, count: integer?)" "Draws some vertices only." WRITES set_draw_range;
        "Mesh:getDrawRange" "(mesh: Mesh) -> integer, integer" "The vertices drawn." READS get_draw_range;
        "Mesh:setAttributeEnabled" "(mesh: Mesh, name: string, enable: boolean)" "Switches an attribute." WRITES set_attribute_enabled;
        "Mesh:isAttributeEnabled" "(mesh: Mesh, name: string) -> boolean" "Whether an attribute is on." READS is_attribute_enabled;
        "Mesh:attachAttribute" "(mesh: Mesh, name: string, other: Mesh, step: string = \"pervertex\", source: string?)" "Takes an attribute from another mesh." WRITES attach_attribute;
        "Mesh:detachAttribute" "(mesh: Mesh, name: string) -> boolean" "Gives an attribute of another mesh up." WRITES detach_attribute;
        "Mesh:flush" "(mesh: Mesh)" "Sends the vertices to the graphics card." WRITES flush;
    },
};

/// A mesh in Lua.
pub(super) struct MeshObject {
    /// The mesh.
    pub mesh: Rc<RefCell<Mesh>>,
}

impl LoveObject for MeshObject {
    fn object_type(&self) -> &'static ObjectType {
        &MESH
    }
}

fn mesh_argument(call: &mut Call<'_>) -> Result<Rc<MeshObject>, Raised> {
    object::<MeshObject>(call, 1, "Mesh")
}

/// A number that counts from 1, as an index from 0; what is no index becomes one that no mesh has.
fn index_argument(call: &mut Call<'_>, index: u32) -> Result<usize, Raised> {
    let number = i64::from(call.integer(index)?);
    Ok(usize::try_from(number - 1).unwrap_or(usize::MAX))
}

/// The default of component `place` of a vertex: 1 for colours, 0 for everything else.
fn defaults(format: &[VertexAttribute]) -> Vec<Option<f32>> {
    format
        .iter()
        .flat_map(|attribute| {
            let default = if attribute.component_type == ComponentType::Float {
                0.0
            } else {
                1.0
            };
            std::iter::repeat_n(Some(default), attribute.components)
        })
        .collect()
}

/// The numbers of a vertex in a table.
fn vertex_from_table(
    call: &mut Call<'_>,
    table: Value,
    defaults: &[Option<f32>],
) -> Result<Vec<f32>, Raised> {
    let mut values = Vec::with_capacity(defaults.len());
    for (place, default) in defaults.iter().enumerate() {
        let shown = behind_arguments(call, 1, place as u32 + 1);
        values.push(element_float_at(
            call,
            table,
            place as i64 + 1,
            *default,
            shown,
        )?);
    }
    Ok(values)
}

/// Sets vertices from a table of tables, from `start` (from 0) on.
fn fill(
    call: &mut Call<'_>,
    mesh: &mut Mesh,
    table: Value,
    start: usize,
    count: usize,
) -> Result<(), Raised> {
    let defaults = defaults(mesh.format());
    for index in 0..count {
        let element = call.vm.raw_get_index(table, index as i64 + 1);
        if !element.is_table() {
            let got = element.type_name();
            let shown = behind_arguments(call, 0, 1);
            return Err(call.argument_error(shown, format!("table expected, got {got}")));
        }
        let values = vertex_from_table(call, element, &defaults)?;
        mesh.set_vertex(start + index, &values).or_raise(call)?;
    }
    Ok(())
}

fn format_from_table(call: &mut Call<'_>, table: Value) -> Result<Vec<VertexAttribute>, Raised> {
    let mut format = Vec::new();
    for index in 1..=call.vm.raw_length(table) {
        let element = call.vm.raw_get_index(table, index as i64);
        if !element.is_table() {
            return Err(call.argument_error(1, "table of tables expected"));
        }
        let text = |call: &mut Call<'_>, place: i64| {
            let value = call.vm.raw_get_index(element, place);
            value
                .string_bytes()
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let (Some(name), Some(kind)) = (text(call, 1), text(call, 2)) else {
            return Err(call.argument_error(1, "string expected in a vertex format"));
        };
        let Some(component_type) = ComponentType::from_name(&kind) else {
            let names = ComponentType::list();
            return Err(unknown_name(
                call,
                "Mesh vertex data type name",
                &names,
                &kind,
            ));
        };
        let components = call.vm.raw_get_index(element, 3);
        let components = call.vm.to_number(components).unwrap_or(0.0);
        if !(1.0..5.0).contains(&components) {
            return Err(call.error(format!(
                "Number of vertex attribute components must be between 1 and 4 (got {components})"
            )));
        }
        format.push(VertexAttribute::new(
            &name,
            component_type,
            components as usize,
        ));
    }
    Ok(format)
}

fn new_mesh(call: &mut Call<'_>) -> NativeResult {
    context(call)?;
    let (first, second) = (call.argument(1), call.argument(2));
    if !first.is_table() && !first.is_number() {
        return Err(call.argument_error(1, "table or number expected"));
    }
    let custom = first.is_table() && (second.is_table() || second.is_number());
    if first.is_table() && second.as_userdata().is_some() {
        return Err(
            call.error("meshes from Data are not implemented yet in rlove (see docs/compat.md)")
        );
    }
    let (format, content, options) = if custom {
        (format_from_table(call, first)?, second, 3)
    } else {
        (VertexAttribute::standard_format(), first, 2)
    };
    let mode = optional_enumeration(call, options, "mesh draw mode", MeshMode::Fan)?;
    let usage = call.optional_string(options + 1)?.unwrap_or(b"dynamic");
    if !matches!(usage, b"stream" | b"dynamic" | b"static") {
        let usage = String::from_utf8_lossy(usage).into_owned();
        return Err(unknown_name(
            call,
            "usage hint",
            "'stream', 'dynamic', 'static'",
            &usage,
        ));
    }
    let count = match content.as_number() {
        Some(number) => {
            if number < 1.0 {
                return Err(call.error(format!("Invalid number of vertices ({}).", number as i64)));
            }
            number as usize
        }
        None => call.vm.raw_length(content),
    };
    let mut mesh = Mesh::new(format, count, mode).or_raise(call)?;
    if content.is_table() {
        fill(call, &mut mesh, content, 0, count)?;
    } else if !custom {
        // Vertices that were only counted are white.
        for vertex in 0..count {
            mesh.set_attribute(vertex, 2, &[1.0; 4]).or_raise(call)?;
        }
    }
    let value = push_object(
        call.vm,
        Rc::new(MeshObject {
            mesh: Rc::new(RefCell::new(mesh)),
        }),
    );
    call.one(value)
}

fn set_vertices(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let table = call.table_value(2)?;
    let total = object.mesh.borrow().count();
    let start = call.optional_integer(3, 1)?;
    let Some(start) = usize::try_from(start)
        .ok()
        .filter(|start| (1..=total).contains(start))
    else {
        return Err(call.error(format!(
            "Invalid vertex start index (must be between 1 and {total})"
        )));
    };
    let mut count = call.vm.raw_length(table);
    if !call.argument(4).is_nil() {
        let wanted = call.integer(4)?;
        if wanted <= 0 {
            return Err(call.error("Vertex count must be greater than 0."));
        }
        count = count.min(wanted as usize);
    }
    let room = total - (start - 1);
    if count > room {
        return Err(call.error(format!(
            "Too many vertices (expected at most {room}, got {count})"
        )));
    }
    let mut mesh = object.mesh.borrow_mut();
    fill(call, &mut mesh, table, start - 1, count)?;
    call.none()
}

fn set_vertex(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let vertex = index_argument(call, 2)?;
    let defaults = defaults(object.mesh.borrow().format());
    let table = call.argument(3);
    let values = if table.is_table() {
        vertex_from_table(call, table, &defaults)?
    } else {
        let mut values = Vec::with_capacity(defaults.len());
        for (place, default) in defaults.iter().enumerate() {
            let index = place as u32 + 3;
            values.push(match default {
                Some(default) if call.argument(index).is_nil() => *default,
                _ => float(call, index)?,
            });
        }
        values
    };
    let result = object.mesh.borrow_mut().set_vertex(vertex, &values);
    result.or_raise(call)?;
    call.none()
}

fn push_numbers(call: &mut Call<'_>, values: &[f32]) -> NativeResult {
    let values: Vec<Value> = values
        .iter()
        .map(|value| Value::canonical_number(f64::from(*value)))
        .collect();
    call.many(&values)
}

fn get_vertex(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let vertex = index_argument(call, 2)?;
    let values = object.mesh.borrow().vertex(vertex).map(<[f32]>::to_vec);
    let values = values.or_raise(call)?;
    push_numbers(call, &values)
}

fn set_vertex_attribute(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let (vertex, attribute) = (index_argument(call, 2)?, index_argument(call, 3)?);
    let components = object
        .mesh
        .borrow()
        .attribute(vertex, attribute)
        .map(<[f32]>::len);
    let components = components.or_raise(call)?;
    let mut values = Vec::with_capacity(components);
    for place in 0..components {
        let index = place as u32 + 4;
        values.push(if call.argument(index).is_nil() {
            0.0
        } else {
            float(call, index)?
        });
    }
    let result = object
        .mesh
        .borrow_mut()
        .set_attribute(vertex, attribute, &values);
    result.or_raise(call)?;
    call.none()
}

fn get_vertex_attribute(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let (vertex, attribute) = (index_argument(call, 2)?, index_argument(call, 3)?);
    let values = object
        .mesh
        .borrow()
        .attribute(vertex, attribute)
        .map(<[f32]>::to_vec);
    let values = values.or_raise(call)?;
    push_numbers(call, &values)
}

fn get_vertex_count(call: &mut Call<'_>) -> NativeResult {
    let count = mesh_argument(call)?.mesh.borrow().count();
    call.one(count as f64)
}

fn get_vertex_format(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let format = object.mesh.borrow().format().to_vec();
    let table = call.vm.new_table();
    call.push(table);
    for (index, attribute) in format.iter().enumerate() {
        let element = call.vm.new_table();
        call.vm.raw_set_index(table, index as i64 + 1, element)?;
        let name = call.new_string(attribute.name.as_bytes())?;
        call.vm.raw_set_index(element, 1, name)?;
        let kind = call.new_string(attribute.component_type.name().as_bytes())?;
        call.vm.raw_set_index(element, 2, kind)?;
        call.vm
            .raw_set_index(element, 3, attribute.components as f64)?;
    }
    call.one(table)
}

fn set_vertex_map(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let first = call.argument(2);
    let map = if first.is_nil() {
        None
    } else if first.as_userdata().is_some() {
        return Err(call
            .error("vertex maps from Data are not implemented yet in rlove (see docs/compat.md)"));
    } else if first.is_table() {
        let mut map = Vec::new();
        for index in 1..=call.vm.raw_length(first) {
            let value = call.vm.raw_get_index(first, index as i64);
            let number = call.vm.to_number(value).unwrap_or(0.0);
            map.push((number as i64 - 1).clamp(-1, i64::from(i32::MAX)) as u32);
        }
        Some(map)
    } else {
        let mut map = Vec::new();
        for index in 2..=call.argument_count() {
            map.push(call.integer(index)?.wrapping_sub(1) as u32);
        }
        Some(map)
    };
    let result = object.mesh.borrow_mut().set_map(map);
    result.or_raise(call)?;
    call.none()
}

fn get_vertex_map(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let map = object.mesh.borrow().map().map(<[u32]>::to_vec);
    let Some(map) = map else {
        return call.one(Value::NIL);
    };
    let table = call.vm.new_table_with_capacity(map.len(), 0)?;
    call.push(table);
    for (index, vertex) in map.iter().enumerate() {
        call.vm
            .raw_set_index(table, index as i64 + 1, f64::from(*vertex) + 1.0)?;
    }
    call.one(table)
}

fn set_texture(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let found = if call.argument(2).is_nil() {
        None
    } else {
        Some((*texture(call, 2)?).clone())
    };
    object.mesh.borrow_mut().set_texture(found);
    call.none()
}

fn get_texture(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let context = context(call)?;
    let found = object.mesh.borrow().texture().cloned();
    match found {
        None => call.none(),
        Some(texture) => {
            let value = push_texture(call.vm, &context, &texture);
            call.one(value)
        }
    }
}

fn set_draw_mode(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let mode = enumeration(call, 2, "mesh draw mode")?;
    object.mesh.borrow_mut().set_mode(mode);
    call.none()
}

fn get_draw_mode(call: &mut Call<'_>) -> NativeResult {
    let mode = mesh_argument(call)?.mesh.borrow().mode();
    call.one_string(mode.name())
}

fn set_draw_range(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let range = super::graphics::draw_range_argument(call)?;
    let result = object.mesh.borrow_mut().set_range(range);
    result.or_raise(call)?;
    call.none()
}

fn get_draw_range(call: &mut Call<'_>) -> NativeResult {
    let range = mesh_argument(call)?.mesh.borrow().range();
    super::graphics::answer_draw_range(call, range)
}

fn set_attribute_enabled(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let name = call.text(2)?;
    let enable = call.boolean(3)?;
    let result = object.mesh.borrow_mut().set_enabled(&name, enable);
    result.or_raise(call)?;
    call.none()
}

fn is_attribute_enabled(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let name = call.text(2)?;
    let enabled = object.mesh.borrow().is_enabled(&name);
    let enabled = enabled.or_raise(call)?;
    call.one(enabled)
}

fn flush(call: &mut Call<'_>) -> NativeResult {
    mesh_argument(call)?;
    call.none()
}

fn attach_attribute(call: &mut Call<'_>) -> NativeResult {
    let object_to_change = mesh_argument(call)?;
    let name = call.text(2)?;
    let other = object::<MeshObject>(call, 3, "Mesh")?;
    let step = match call.optional_string(4)? {
        None | Some(b"pervertex") => false,
        Some(b"perinstance") => true,
        Some(unknown) => {
            let unknown = String::from_utf8_lossy(unknown).into_owned();
            let names = "'pervertex', 'perinstance'";
            return Err(unknown_name(call, "vertex attribute step", names, &unknown));
        }
    };
    let source = if call.argument(5).is_nil() {
        name.clone()
    } else {
        call.text(5)?
    };
    let has_source = other
        .mesh
        .borrow()
        .format()
        .iter()
        .any(|attribute| attribute.name == source);
    if !has_source {
        return Err(call.error(format!(
            "The specified mesh does not have a vertex attribute named '{source}'"
        )));
    }
    let attachment = Attachment {
        name,
        mesh: other.mesh.clone(),
        source,
        per_instance: step,
        enabled: true,
    };
    object_to_change.mesh.borrow_mut().attach(attachment);
    call.none()
}

fn detach_attribute(call: &mut Call<'_>) -> NativeResult {
    let object = mesh_argument(call)?;
    let name = call.text(2)?;
    let detached = object.mesh.borrow_mut().detach(&name);
    call.one(Value::boolean(detached))
}

fn draw_instanced(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let mesh = object::<MeshObject>(call, 1, "Mesh")?;
    let count = call.integer(2)?;
    let transform = placement(call, 3)?;
    let count = u32::try_from(count).unwrap_or(0);
    let mut graphics = context.graphics.borrow_mut();
    let result = graphics.draw_mesh(&mesh.mesh.borrow(), &transform, count);
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}
