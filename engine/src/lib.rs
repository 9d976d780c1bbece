//! LÖVE on the rlove virtual machine.
