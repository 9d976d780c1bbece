//! rlove beside Debian's LÖVE: the same game, input and clock in both programs, and what they show compared.
//!
//! [`picture`] is the rule of comparison, [`programs`] starts the programs; every other module is one kind of test.

#[allow(dead_code)]
mod command_list;
mod mrrescue;
#[allow(dead_code)]
mod picture;
#[allow(dead_code)]
mod programs;
mod scenes;
