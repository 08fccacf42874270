//! What is decided on a finished row.

use syscope_event::Event;

use crate::Where;

/// Conditions on rows; all must hold.
#[derive(Debug, Clone, Default)]
pub struct RowFilter {
    /// One of these absolute paths is an argument, or what a descriptor names (`-P`). Empty: any.
    pub paths: Vec<Vec<u8>>,
    /// `--where`.
    pub condition: Option<Where>,
}

impl RowFilter {
    /// Every row is wanted: nothing is decided here.
    pub fn keeps_all(&self) -> bool {
        self.paths.is_empty() && self.condition.is_none()
    }

    /// The row is wanted.
    #[inline]
    pub fn keeps(&self, event: &Event<'_>) -> bool {
        (self.paths.is_empty() || self.names_path(event))
            && self.condition.as_ref().is_none_or(|condition| condition.keeps(event))
    }

    fn names_path(&self, event: &Event<'_>) -> bool {
        let Some(sys) = event.syscall() else { return false };
        let wanted = |name: &[u8]| self.paths.iter().any(|path| same_path(path, name));
        // A working directory is not what a call is about: only arguments count.
        let mut descriptors = sys.fd_args().take(2).enumerate();
        descriptors.any(|(which, _)| event.fd_file(which).is_some_and(|f| wanted(&f.name)))
            || event.files_in_memory().any(|f| wanted(&f.name))
            || sys.path_args().any(|arg| event.path_column(arg).is_some_and(|path| wanted(&path)))
    }
}

/// The same way through the tree: `/a/./b` is `/a//b`. `..` is left alone, because only the kernel knows where it leads.
fn same_path(a: &[u8], b: &[u8]) -> bool {
    let is_absolute = |path: &[u8]| path.starts_with(b"/");
    is_absolute(a) == is_absolute(b) && parts(a).eq(parts(b))
}

fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|b| *b == b'/').filter(|part| !part.is_empty() && *part != b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_by_their_parts() {
        let check = |a: &str, b: &str, same: bool| {
            assert_eq!(same_path(a.as_bytes(), b.as_bytes()), same, "{a} {b}");
            assert_eq!(same_path(b.as_bytes(), a.as_bytes()), same, "{b} {a}");
        };
        check("/a/b", "/a/b", true);
        check("/a/b", "/a//b", true);
        check("/a/b", "/./a/./b/.", true);
        check("/", "/.", true);
        check("/a/b", "a/b", false);
        check("/a/b", "/a/b/c", false);
        check("/a/b", "/a/bc", false);
        check("/b", "/a/../b", false);
        check("/a", "...a", false);
        check("/a", ".../a", false);
        check("/pipe:[1]", "pipe:[1]", false);
    }
}
