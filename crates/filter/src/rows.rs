//! What is decided on a finished row.

use syscope_event::Event;

/// Conditions on rows; all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowFilter {
    /// One of these paths is an argument, or what a descriptor names (`-P`). Empty: any.
    pub paths: Vec<Vec<u8>>,
}

impl RowFilter {
    /// The row is wanted.
    #[inline]
    pub fn keeps(&self, event: &Event<'_>) -> bool {
        self.paths.is_empty() || self.names_path(event)
    }

    fn names_path(&self, event: &Event<'_>) -> bool {
        let Some(sys) = event.syscall() else { return false };
        let wanted = |name: &[u8]| self.paths.iter().any(|p| p == name);
        let by_fd = (0..2).any(|which| {
            // A working directory is not what the call is about.
            let is_arg = sys.fd_args().nth(which).is_some();
            is_arg && event.fd_file(which).is_some_and(|f| wanted(&f.name))
        });
        by_fd
            || event.ret_file().is_some_and(|f| wanted(&f.name))
            || sys.path_args().any(|arg| {
                event.path_column(arg).is_some_and(|p| wanted(&p))
                    || u8::try_from(arg)
                        .ok()
                        .and_then(|a| event.cap_in(a))
                        .is_some_and(|c| wanted(c.data.split(|&b| b == 0).next().unwrap_or_default()))
            })
    }
}
