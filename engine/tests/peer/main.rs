//! rlove beside Debian's LÖVE: the same game, input and clock in both programs, and what they show compared.
//!
//! [`picture`] is the rule of comparison, [`command_list`] finds text in rlove's command list, [`programs`] starts the
//! programs; every other module is one kind of test.

mod behaviour;
mod bunnymark;
mod command_list;
mod compiled;
mod demos;
mod errors;
mod fused;
mod mrrescue;
mod picture;
mod programs;
mod real_games;
mod scenes;
mod version12;
mod window;
