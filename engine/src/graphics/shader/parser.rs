//! Tokens → typed tree: declarations, scopes and the helpers that all of the parser shares.
//!
//! The language declares everything before its use, so types are checked while reading, as LÖVE's compiler does it: the
//! first error is the same one. Expressions are in `parse_expressions.rs`, statements in `parse_statements.rs`.
//!
//! Depth of expressions and statements is limited, because lowering recurses.

use super::error::{ShaderError, Stage};
use super::lexer::{Class, Token};
use super::tree::*;
use super::types::{Kind, SamplerDimension, SamplerKind, StructType, Type, named_type};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Expressions inside expressions.
pub(super) const MAX_EXPRESSION_DEPTH: u16 = 200;
/// Statements inside statements.
pub(super) const MAX_STATEMENT_DEPTH: usize = 100;
/// Numbers in all arrays of one variable.
const MAX_NUMBERS: u64 = 1 << 16;

/// What differs between the versions of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// LÖVE's default.
    Glsl1,
    /// `#pragma language glsl3`
    Glsl3,
    /// `#pragma language glsl4`
    Glsl4,
}

#[derive(Clone, Debug)]
pub(super) enum Symbol {
    Variable(VariableId),
    Struct(Type),
}

pub(super) struct Parser {
    pub tokens: Vec<Token>,
    pub at: usize,
    pub last_line: u32,
    pub program: Program,
    pub language: Language,
    pub scopes: Vec<FxHashMap<Rc<str>, Symbol>>,
    functions: FxHashMap<Rc<str>, Vec<FunctionId>>,
    /// Functions of the prelude, which a shader may replace.
    pub prelude_functions: usize,
    pub result: Type,
    pub returns: bool,
    pub nesting: usize,
    pub loops: usize,
    pub breakables: usize,
}

/// What stands before a type.
#[derive(Clone, Debug, Default)]
pub(super) struct Qualifiers {
    pub is_constant: bool,
    pub storage: Option<Rc<str>>,
    pub flat: bool,
}

pub(super) type Parsed<T> = Result<T, ShaderError>;

impl Parser {
    pub fn new(stage: Stage, language: Language) -> Self {
        Self {
            tokens: Vec::new(),
            at: 0,
            last_line: 0,
            program: Program {
                stage,
                variables: Vec::new(),
                functions: Vec::new(),
                globals: Vec::new(),
                is_custom: false,
            },
            language,
            scopes: vec![FxHashMap::default()],
            functions: FxHashMap::default(),
            prelude_functions: 0,
            result: Type::Void,
            returns: false,
            nesting: 0,
            loops: 0,
            breakables: 0,
        }
    }

    // ---- tokens -----------------------------------------------------------------------------------------------

    pub fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub fn peek_is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.is(text))
    }

    pub fn next_is(&self, distance: usize, text: &str) -> bool {
        self.tokens
            .get(self.at + distance)
            .is_some_and(|token| token.is(text))
    }

    pub fn line(&self) -> u32 {
        self.peek().map_or(self.last_line, |token| token.line)
    }

    /// Takes the token if it is this one.
    pub fn accept(&mut self, text: &str) -> bool {
        let found = self.peek_is(text);
        self.at += usize::from(found);
        found
    }

    pub fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.accept(text) {
            return Ok(());
        }
        let expecting = match text {
            ";" => "COMMA or SEMICOLON",
            other => token_name(Class::Punctuator, other, false),
        };
        Err(self.unexpected(Some(expecting)))
    }

    pub fn unexpected(&self, expecting: Option<&str>) -> ShaderError {
        if let Some(token) = self
            .peek()
            .filter(|token| token.class == Class::Invalid || token.is("#"))
        {
            let message = format!("'{}' : unexpected token ", token.text);
            return ShaderError::semantic(token.line, message);
        }
        let mut message = format!("'' :  syntax error, unexpected {}", self.token_name());
        if let Some(expecting) = expecting {
            message += &format!(", expecting {expecting}");
        }
        ShaderError::syntax(self.line(), message)
    }

    fn token_name(&self) -> &str {
        match self.peek() {
            None => "$end",
            Some(token) => token_name(token.class, &token.text, self.is_type_name(&token.text)),
        }
    }

    pub fn identifier(&mut self) -> Parsed<Rc<str>> {
        match self.peek() {
            Some(token) if token.class == Class::Identifier && !is_keyword(&token.text) => {
                let text = token.text.clone();
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.unexpected(Some("COMMA or SEMICOLON"))),
        }
    }

    pub fn error<T>(&self, line: u32, message: impl Into<String>) -> Parsed<T> {
        Err(ShaderError::semantic(line, message))
    }

    // ---- scopes -----------------------------------------------------------------------------------------------

    pub fn lookup(&self, name: &str) -> Option<&Symbol> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    pub fn declare(&mut self, name: &Rc<str>, symbol: Symbol, line: u32) -> Parsed<()> {
        let is_global = self.scopes.len() == 1;
        let known = self
            .scopes
            .last_mut()
            .and_then(|scope| scope.insert(name.clone(), symbol));
        if known.is_some() || (is_global && self.has_function(name)) {
            return self.error(line, format!("'{name}' : redefinition "));
        }
        Ok(())
    }

    fn has_function(&self, name: &str) -> bool {
        self.functions.get(name).is_some_and(|list| {
            list.iter()
                .any(|id| id.0 as usize >= self.prelude_functions)
        })
    }

    pub fn add_variable(&mut self, name: Rc<str>, ty: Type, storage: Storage) -> VariableId {
        let id = VariableId(self.program.variables.len() as u32);
        self.program.variables.push(Variable {
            name,
            ty,
            storage,
            is_constant: false,
            value: None,
            initializer: None,
        });
        id
    }

    /// Declares a name that every shader has.
    pub fn predeclare(&mut self, name: &str, ty: Type, storage: Storage) {
        let name: Rc<str> = name.into();
        let id = self.add_variable(name.clone(), ty, storage);
        self.program.globals.push(id);
        self.scopes[0].insert(name, Symbol::Variable(id));
    }

    /// The functions of a name.
    pub fn functions_named(&self, name: &str) -> &[FunctionId] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a name begins a declaration.
    pub fn is_type_name(&self, name: &str) -> bool {
        self.builtin_type(name).is_some() || matches!(self.lookup(name), Some(Symbol::Struct(_)))
    }

    fn builtin_type(&self, name: &str) -> Option<Type> {
        let is_new = matches!(name, "uint" | "uvec2" | "uvec3" | "uvec4");
        if is_new && self.language == Language::Glsl1 {
            return None;
        }
        named_type(name)
    }

    // ---- types ------------------------------------------------------------------------------------------------

    /// Reads qualifiers; what they may be together is not checked.
    pub fn qualifiers(&mut self) -> Parsed<Qualifiers> {
        let mut found = Qualifiers::default();
        while let Some(token) = self.peek() {
            let text = token.text.clone();
            match &*text {
                "const" => found.is_constant = true,
                "uniform" | "attribute" | "varying" | "in" | "out" | "inout" => {
                    // `const in` parameters stay constant.
                    found.storage = Some(text);
                }
                "flat" => found.flat = true,
                "centroid" | "smooth" | "noperspective" | "invariant" | "precise" | "highp"
                | "mediump" | "lowp" | "readonly" | "writeonly" | "coherent" => {}
                "layout" => {
                    self.at += 1;
                    self.expect("(")?;
                    while self.peek().is_some() && !self.peek_is(")") {
                        self.at += 1;
                    }
                    if !self.peek_is(")") {
                        return Err(self.unexpected(None));
                    }
                }
                _ => break,
            }
            self.at += 1;
        }
        Ok(found)
    }

    /// Reads a type without array sizes.
    pub fn type_specifier(&mut self) -> Parsed<Type> {
        if self.peek_is("struct") {
            return self.structure();
        }
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected(None));
        };
        if token.class != Class::Identifier
            || (is_keyword(&token.text) && !self.is_type_name(&token.text))
        {
            return Err(self.unexpected(None));
        }
        if let Some(ty) = self.builtin_type(&token.text) {
            self.at += 1;
            return Ok(ty);
        }
        match self.lookup(&token.text) {
            Some(Symbol::Struct(ty)) => {
                let ty = ty.clone();
                self.at += 1;
                Ok(ty)
            }
            _ => {
                if self
                    .tokens
                    .get(self.at + 1)
                    .is_some_and(|next| next.class == Class::Identifier)
                {
                    return self.error(
                        token.line,
                        format!("'{}' : undeclared identifier ", token.text),
                    );
                }
                Err(self.unexpected(None))
            }
        }
    }

    /// Reads a type with array sizes that follow it directly (`float[3] a`).
    pub fn full_type(&mut self) -> Parsed<Type> {
        let ty = self.type_specifier()?;
        self.array_suffix(ty)
    }

    /// Reads array sizes.
    pub fn array_suffix(&mut self, element: Type) -> Parsed<Type> {
        let line = self.line();
        if !self.accept("[") {
            return Ok(element);
        }
        let size = if self.peek_is("]") {
            0
        } else {
            self.array_size()?
        };
        self.expect("]")?;
        self.nesting += 1;
        if self.nesting > MAX_STATEMENT_DEPTH {
            return self.error(line, "'' : nested too deeply ");
        }
        // `a[2][3]` is two arrays of three.
        let inner = self.array_suffix(element)?;
        self.nesting -= 1;
        let ty = Type::Array(Rc::new(inner), size);
        if ty.total_count() > MAX_NUMBERS {
            return self.error(line, "'array size' : too large for this renderer ");
        }
        Ok(ty)
    }

    fn array_size(&mut self) -> Parsed<u32> {
        let line = self.line();
        let size = self.conditional_expression()?;
        let size = match size.literal() {
            Some(Literal::Int(size)) => i64::from(size),
            Some(Literal::Uint(size)) => i64::from(size),
            _ => {
                return self.error(
                    line,
                    "'' : array size must be a constant integer expression ",
                );
            }
        };
        if size <= 0 {
            return self.error(line, "'' : array size must be a positive integer ");
        }
        Ok(u32::try_from(size).unwrap_or(u32::MAX))
    }

    fn structure(&mut self) -> Parsed<Type> {
        self.expect("struct")?;
        let line = self.line();
        let name: Rc<str> = if self.peek_is("{") {
            "".into()
        } else {
            self.identifier()?
        };
        self.expect("{")?;
        let mut fields: Vec<(Rc<str>, Type)> = Vec::new();
        while !self.accept("}") {
            self.qualifiers()?;
            let base = self.full_type()?;
            loop {
                let line = self.line();
                let field = self.identifier()?;
                let ty = self.array_suffix(base.clone())?;
                if matches!(ty, Type::Void) || ty.has_sampler() {
                    return self.error(
                        line,
                        format!("'{field}' : member of this type is not supported by rlove "),
                    );
                }
                if fields.iter().any(|(known, _)| *known == field) {
                    return self.error(line, format!("'{field}' : duplicate member name: "));
                }
                fields.push((field, ty));
                if !self.accept(",") {
                    break;
                }
            }
            self.expect(";")?;
        }
        if fields.is_empty() {
            return Err(self.unexpected(None));
        }
        let ty = Type::Struct(Rc::new(StructType {
            name: name.clone(),
            fields,
        }));
        if ty.total_count() > MAX_NUMBERS {
            return self.error(line, "'struct' : too large for this renderer ");
        }
        if !name.is_empty() {
            self.declare(&name, Symbol::Struct(ty.clone()), line)?;
        }
        Ok(ty)
    }

    // ---- declarations outside of functions ---------------------------------------------------------------------

    /// Reads all of a text.
    pub fn translation_unit(&mut self) -> Parsed<()> {
        while self.peek().is_some() {
            if self.accept(";") {
                continue;
            }
            self.external_declaration()?;
        }
        Ok(())
    }

    fn external_declaration(&mut self) -> Parsed<()> {
        if self.accept("precision") {
            while self.peek().is_some() && !self.peek_is(";") {
                self.at += 1;
            }
            return self.expect(";");
        }
        let qualifiers = self.qualifiers()?;
        if qualifiers.storage.is_some() && self.next_is(1, "{") {
            let line = self.line();
            return self.error(
                line,
                "'' : uniform blocks are not supported by LÖVE's shaders ",
            );
        }
        let base = self.full_type()?;
        if self.accept(";") {
            return Ok(());
        }
        if self.next_is(1, "(") {
            return self.function(base);
        }
        loop {
            self.global_variable(&qualifiers, &base)?;
            if !self.accept(",") {
                return self.expect(";");
            }
        }
    }

    fn global_variable(&mut self, qualifiers: &Qualifiers, base: &Type) -> Parsed<()> {
        let line = self.line();
        let name = self.identifier()?;
        let mut ty = self.array_suffix(base.clone())?;
        let initializer = self.initializer(&mut ty)?;
        if matches!(ty, Type::Void) {
            return self.error(line, format!("'{name}' : illegal use of type 'void' "));
        }
        let storage = self.global_storage(qualifiers, &ty, &name, line)?;
        if matches!(ty, Type::Array(_, 0)) {
            return self.error(line, format!("'{name}' : array size required "));
        }
        let is_constant = qualifiers.is_constant;
        if is_constant && initializer.is_none() {
            return self.error(
                line,
                format!("'{name}' : variables with qualifier 'const' must be initialized "),
            );
        }
        let id = self.add_variable(name.clone(), ty, storage);
        let variable = &mut self.program.variables[id.0 as usize];
        variable.is_constant = is_constant;
        variable.value = if is_constant {
            initializer.as_ref().and_then(Expression::literal)
        } else {
            None
        };
        variable.initializer = initializer;
        self.program.globals.push(id);
        self.declare(&name, Symbol::Variable(id), line)
    }

    fn global_storage(
        &self,
        qualifiers: &Qualifiers,
        ty: &Type,
        name: &str,
        line: u32,
    ) -> Parsed<Storage> {
        let is_vertex = self.program.stage == Stage::Vertex;
        let storage = match qualifiers.storage.as_deref() {
            Some("uniform") => Storage::Uniform,
            Some("attribute") if is_vertex => Storage::Attribute,
            Some("attribute") => {
                return self.error(line, "'attribute' : not supported in this stage: fragment");
            }
            Some("varying") => Storage::Varying {
                flat: qualifiers.flat,
            },
            Some("in") if is_vertex => Storage::Attribute,
            Some("out") if !is_vertex => Storage::Global,
            Some("in" | "out" | "inout") => Storage::Varying {
                flat: qualifiers.flat,
            },
            _ => Storage::Global,
        };
        if ty.has_sampler() && storage != Storage::Uniform {
            return self.error(
                line,
                format!("'{}' : sampler/image types can only be used in uniform variables or function parameters: {name}", ty.describe()),
            );
        }
        Ok(storage)
    }

    /// Reads `= value`, which gives an unsized array its size.
    pub fn initializer(&mut self, ty: &mut Type) -> Parsed<Option<Expression>> {
        let line = self.line();
        if !self.accept("=") {
            return Ok(None);
        }
        let value = if self.peek_is("{") {
            self.initializer_list(ty)?
        } else {
            self.assignment_expression()?
        };
        if let (Type::Array(element, 0), Type::Array(given, size)) = (&*ty, &value.ty)
            && element == given
        {
            *ty = Type::Array(element.clone(), *size);
        }
        let described = value.describe();
        let qualifier = if self.scopes.len() == 1 {
            "global"
        } else {
            "temp"
        };
        match self.convert(value, ty) {
            Some(value) => Ok(Some(value)),
            None => self.error(
                line,
                format!(
                    "'=' :  cannot convert from '{described}' to ' {qualifier} {}'",
                    ty.describe()
                ),
            ),
        }
    }

    /// `{a, b, c}` for an array, structure or vector.
    fn initializer_list(&mut self, ty: &mut Type) -> Parsed<Expression> {
        let line = self.line();
        self.expect("{")?;
        self.nesting += 1;
        if self.nesting > MAX_STATEMENT_DEPTH {
            return self.error(line, "'' : nested too deeply ");
        }
        let mut values = Vec::new();
        while !self.accept("}") {
            let mut expected = match &*ty {
                Type::Struct(structure) => {
                    structure.fields.get(values.len()).map(|(_, ty)| ty.clone())
                }
                other => other.element(),
            };
            let value = match &mut expected {
                Some(expected) if self.peek_is("{") => self.initializer_list(expected)?,
                _ => self.assignment_expression()?,
            };
            values.push(value);
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        self.nesting -= 1;
        if let Type::Array(element, 0) = &*ty {
            *ty = Type::Array(element.clone(), values.len() as u32);
        }
        self.construct(ty.clone(), values, line)
    }

    // ---- functions --------------------------------------------------------------------------------------------

    fn function(&mut self, result: Type) -> Parsed<()> {
        let line = self.line();
        let name = self.identifier()?;
        self.expect("(")?;
        let mut parameters = Vec::new();
        let mut names = Vec::new();
        if !(self.peek_is("void") && self.next_is(1, ")")) {
            while !self.peek_is(")") {
                let (id, name) = self.parameter()?;
                parameters.push(id);
                names.push(name);
                if !self.accept(",") {
                    break;
                }
            }
        } else {
            self.at += 1;
        }
        self.expect(")")?;
        let id = self.declare_function(&name, parameters, result.clone(), line)?;
        if self.accept(";") {
            return Ok(());
        }
        if self.program.function(id).body.is_some() {
            return self.error(line, format!("'{name}' : function already has a body "));
        }
        if !self.peek_is("{") {
            return Err(self.unexpected(None));
        }
        self.scopes.push(FxHashMap::default());
        let parameters = self.program.function(id).parameters.clone();
        for (id, name) in parameters.iter().zip(&names) {
            if let Some(name) = name {
                self.program.variables[id.0 as usize].name = name.clone();
                self.declare(name, Symbol::Variable(*id), line)?;
            }
        }
        (self.result, self.returns) = (result.clone(), false);
        let body = self.compound_statement(false)?;
        self.scopes.pop();
        if result != Type::Void && !self.returns {
            return Err(ShaderError::syntax(
                line,
                format!("'' : function does not return a value: {name}"),
            ));
        }
        self.program.functions[id.0 as usize].body = Some(Rc::new(body));
        Ok(())
    }

    fn parameter(&mut self) -> Parsed<(VariableId, Option<Rc<str>>)> {
        let line = self.line();
        let qualifiers = self.qualifiers()?;
        let direction = match qualifiers.storage.as_deref() {
            None | Some("in") => Direction::In,
            Some("out") => Direction::Out,
            Some("inout") => Direction::InOut,
            Some(_) => return Err(self.unexpected(None)),
        };
        let ty = self.full_type()?;
        let name = if self
            .peek()
            .is_some_and(|token| token.class == Class::Identifier)
        {
            Some(self.identifier()?)
        } else {
            None
        };
        let ty = self.array_suffix(ty)?;
        if ty == Type::Void {
            return self.error(line, "'void' : illegal use of type 'void' ");
        }
        if ty.has_sampler() && direction != Direction::In {
            return self.error(
                line,
                format!(
                    "'{}' : samplers cannot be output parameters ",
                    ty.describe()
                ),
            );
        }
        let shown: Rc<str> = name.clone().unwrap_or_else(|| "".into());
        let id = self.add_variable(shown, ty, Storage::Parameter(direction));
        self.program.variables[id.0 as usize].is_constant = qualifiers.is_constant;
        Ok((id, name))
    }

    fn parameter_types(&self, id: FunctionId) -> Vec<Type> {
        let parameters = &self.program.function(id).parameters;
        parameters
            .iter()
            .map(|id| self.program.variable(*id).ty.clone())
            .collect()
    }

    /// The function that a header declares, new or known.
    fn declare_function(
        &mut self,
        name: &Rc<str>,
        parameters: Vec<VariableId>,
        result: Type,
        line: u32,
    ) -> Parsed<FunctionId> {
        if self.scopes[0].contains_key(name) {
            return self.error(line, format!("'{name}' : redefinition "));
        }
        let types: Vec<Type> = parameters
            .iter()
            .map(|id| self.program.variable(*id).ty.clone())
            .collect();
        let known = self
            .functions_named(name)
            .iter()
            .copied()
            .find(|id| self.parameter_types(*id) == types);
        let function = Function {
            name: name.clone(),
            parameters,
            result,
            body: None,
        };
        if let Some(known) = known {
            let old = self.program.function(known);
            if (known.0 as usize) < self.prelude_functions && self.prelude_functions != usize::MAX {
                // The shader replaces a function that it is given.
                let id = FunctionId(self.program.functions.len() as u32);
                self.program.functions.push(function);
                if let Some(list) = self.functions.get_mut(name) {
                    list.retain(|listed| *listed != known);
                    list.push(id);
                }
                return Ok(id);
            }
            if old.result != function.result {
                return self.error(
                    line,
                    format!("'{name}' : overloaded functions must have the same return type "),
                );
            }
            if old.body.is_none() {
                self.program.functions[known.0 as usize].parameters = function.parameters;
            }
            return Ok(known);
        }
        let id = FunctionId(self.program.functions.len() as u32);
        self.program.functions.push(function);
        self.functions.entry(name.clone()).or_default().push(id);
        Ok(id)
    }

    /// Declares what every shader of the stage has.
    pub fn predeclare_all(&mut self, is_custom: bool) {
        let vec4 = || Type::Vector(Kind::Float, 4);
        let matrix = |size| Type::Matrix {
            columns: size,
            rows: size,
        };
        self.program.is_custom = is_custom;
        use EngineValue as E;
        let mut engine = vec![
            ("love_ScreenSize", vec4(), E::ScreenSize),
            ("TransformMatrix", matrix(4), E::TransformMatrix),
            ("ProjectionMatrix", matrix(4), E::ProjectionMatrix),
            (
                "TransformProjectionMatrix",
                matrix(4),
                E::TransformProjectionMatrix,
            ),
            ("NormalMatrix", matrix(3), E::NormalMatrix),
        ];
        let varying = Storage::Varying { flat: false };
        if self.program.stage == Stage::Vertex {
            engine.extend([
                ("gl_Position", vec4(), E::Position),
                ("gl_PointSize", Type::FLOAT, E::PointSize),
                ("gl_VertexID", Type::INT, E::VertexId),
                ("gl_InstanceID", Type::INT, E::InstanceId),
                ("ConstantColor", vec4(), E::ConstantColor),
            ]);
            for name in ["VertexPosition", "VertexTexCoord", "VertexColor"] {
                self.predeclare(name, vec4(), Storage::Attribute);
            }
        } else {
            let canvases = Type::Array(Rc::new(vec4()), 8);
            engine.extend([
                ("gl_FragCoord", vec4(), E::FragmentCoordinates),
                ("gl_FrontFacing", Type::BOOL, E::FrontFacing),
                (
                    "gl_PointCoord",
                    Type::Vector(Kind::Float, 2),
                    E::PointCoordinates,
                ),
                ("gl_FragDepth", Type::FLOAT, E::FragmentDepth),
                ("gl_FragColor", vec4(), E::PixelColor),
                ("gl_FragData", canvases, E::Canvases),
                (
                    "love_PixelCoord",
                    Type::Vector(Kind::Float, 2),
                    E::PixelCoordinates,
                ),
            ]);
            if !is_custom {
                let kind = SamplerKind {
                    dimension: SamplerDimension::Flat,
                    shadow: false,
                };
                self.predeclare("MainTex", Type::Sampler(kind), Storage::Uniform);
            }
        }
        for (name, ty, value) in engine {
            self.predeclare(name, ty, Storage::Engine(value));
        }
        self.predeclare("VaryingTexCoord", vec4(), varying.clone());
        self.predeclare("VaryingColor", vec4(), varying);
    }
}

/// Words that are not names.
fn is_keyword(text: &str) -> bool {
    matches!(
        text,
        "if" | "else"
            | "for"
            | "while"
            | "do"
            | "switch"
            | "case"
            | "default"
            | "break"
            | "continue"
            | "return"
            | "discard"
            | "struct"
            | "const"
            | "uniform"
            | "attribute"
            | "varying"
            | "in"
            | "out"
            | "inout"
            | "precision"
            | "true"
            | "false"
            | "layout"
            | "flat"
            | "invariant"
            | "centroid"
            | "highp"
            | "mediump"
            | "lowp"
    ) || named_type(text).is_some_and(|ty| ty.kind() != Some(Kind::Uint))
}

/// As LÖVE's compiler calls tokens in its messages.
fn token_name(class: Class, text: &str, is_type: bool) -> &'static str {
    match text {
        "{" => "LEFT_BRACE",
        "}" => "RIGHT_BRACE",
        "(" => "LEFT_PAREN",
        ")" => "RIGHT_PAREN",
        "[" => "LEFT_BRACKET",
        "]" => "RIGHT_BRACKET",
        ";" => "SEMICOLON",
        "," => "COMMA",
        ":" => "COLON",
        "?" => "QUESTION",
        "." => "DOT",
        "=" => "EQUAL",
        "+" => "PLUS",
        "-" => "DASH",
        "*" => "STAR",
        "/" => "SLASH",
        "%" => "PERCENT",
        "<" => "LEFT_ANGLE",
        ">" => "RIGHT_ANGLE",
        "!" => "BANG",
        "~" => "TILDE",
        "&" => "AMPERSAND",
        "|" => "VERTICAL_BAR",
        "^" => "CARET",
        "&&" => "AND_OP",
        "||" => "OR_OP",
        "^^" => "XOR_OP",
        "==" => "EQ_OP",
        "!=" => "NE_OP",
        "<=" => "LE_OP",
        ">=" => "GE_OP",
        "++" => "INC_OP",
        "--" => "DEC_OP",
        "<<" => "LEFT_OP",
        ">>" => "RIGHT_OP",
        "+=" => "ADD_ASSIGN",
        "-=" => "SUB_ASSIGN",
        "*=" => "MUL_ASSIGN",
        "/=" => "DIV_ASSIGN",
        "if" => "IF",
        "else" => "ELSE",
        "for" => "FOR",
        "while" => "WHILE",
        "do" => "DO",
        "return" => "RETURN",
        "break" => "BREAK",
        "continue" => "CONTINUE",
        "discard" => "DISCARD",
        "struct" => "STRUCT",
        "const" => "CONST",
        "uniform" => "UNIFORM",
        "in" => "IN",
        "out" => "OUT",
        "void" => "VOID",
        "float" => "FLOAT",
        "int" => "INT",
        "bool" => "BOOL",
        "vec2" => "VEC2",
        "vec3" => "VEC3",
        "vec4" => "VEC4",
        "mat2" => "MAT2",
        "mat3" => "MAT3",
        "mat4" => "MAT4",
        "sampler2D" => "SAMPLER2D",
        _ => match class {
            Class::Identifier if is_type => "TYPE_NAME",
            Class::Identifier => "IDENTIFIER",
            Class::Number if text.contains(['.', 'e', 'E']) && !text.starts_with("0x") => {
                "FLOATCONSTANT"
            }
            Class::Number => "INTCONSTANT",
            _ => "$undefined",
        },
    }
}
