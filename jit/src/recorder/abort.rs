//! Why a recording ends without a trace. The page docs/trace-aborts.md explains each to Lua authors; a test keeps the two together.

/// Calls `$callback!` with the table: `Name "text";`
macro_rules! for_each_reason {
    ($callback:ident) => {
        $callback! {
            TraceTooLong "trace too long";
            TooManySnapshots "too many snapshots";
            TooManyConstants "too many constants";
            TooManySlots "too many stack slots";
            LeavesLoop "leaving loop in root trace";
            InnerLoop "inner loop in root trace";
            UnrollLimit "loop unroll limit reached";
            CallUnrollLimit "call unroll limit reached";
            ReturnsTooFar "return to a frame that the trace does not know";
            UnstableTypes "types of the loop change";
            Metamethod "metamethod of a kind that is not recorded";
            Builtin "builtin that is not recorded";
            NothingRecorded "nothing that a trace could do";
            ObservesHeap "builtin that tells what the heap holds";
            UnknownInstruction "instruction that is not recorded";
            BadOperand "operand that makes the instruction raise an error";
            StringArithmetic "arithmetic on strings";
            UnknownTable "table access of a kind that is not recorded";
            CapturedVariable "captured variable of a kind that is not recorded";
            OpenResults "open number of values of a kind that is not recorded";
            UnexpectedPath "the interpreter took another path";
            StateMismatch "a value is not what the trace computes";
            Blacklisted "compilation is off for this function";
            Error "error thrown during recording";
            NativeCall "builtin calls Lua during recording";
            Hook "hook set during recording";
            Flush "traces flushed during recording";
            NoMachineCode "no machine code for this trace";
            TooManyTraces "too many traces";
            Coroutine "coroutine switch";
        }
    };
}

macro_rules! define_reasons {
    ($($name:ident $text:literal;)*) => {
        /// Why a recording ended without a trace.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        #[allow(missing_docs)]
        pub enum AbortReason { $($name,)* }
        impl AbortReason {
            /// All reasons.
            pub const ALL: &'static [AbortReason] = &[$(AbortReason::$name,)*];
            /// What events and docs/trace-aborts.md call it.
            pub fn text(self) -> &'static str {
                const TEXTS: &[&str] = &[$($text,)*];
                TEXTS[self as usize]
            }
        }
    };
}
for_each_reason!(define_reasons);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_explained() {
        let page = include_str!("../../../docs/trace-aborts.md");
        for reason in AbortReason::ALL {
            let heading = format!("## {}\n", reason.text());
            assert!(
                page.contains(&heading),
                "docs/trace-aborts.md: {}",
                reason.text()
            );
        }
    }
}
