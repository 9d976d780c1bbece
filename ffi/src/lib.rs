//! The foreign function interface: C declarations, C types, C data.
//!
//! | module | what is there |
//! |---|---|
//! | [`types`] | the table of C types, names and tags |
//! | [`type_text`] | types as text |
//! | [`lexer`], [`parser`] | C source → types |
//! | [`layout`] | offsets of members |

pub mod layout;
pub mod lexer;
pub mod parser;
pub mod type_text;
pub mod types;
