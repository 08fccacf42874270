//! What can go wrong with a recording.

use std::io;
use std::path::{Path, PathBuf};

/// Each names the file and says what can be done.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("{0:?}: {1}")]
    Io(PathBuf, io::Error),
    #[error("{0:?} is there already, and nothing is overwritten: choose another name")]
    Exists(PathBuf),
    #[error("{0:?} is no recording: {1}")]
    NotOne(PathBuf, String),
    #[error(
        "{0:?} was made by a newer syscope (schema {1}, this one reads up to {2}): read it with that one"
    )]
    Newer(PathBuf, u32, u32),
    #[error("{0:?} is being recorded by a running syscope: end that one first")]
    InUse(PathBuf),
    #[error("{0:?} is damaged: {1}")]
    Damaged(PathBuf, String),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |error| Error::Io(path, error)
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Error {
        let path = path.to_owned();
        move |error| Error::Damaged(path, error.to_string())
    }

    /// What the system said, if it was the system.
    pub fn io_error(&self) -> Option<&io::Error> {
        match self {
            Error::Io(_, error) => Some(error),
            _ => None,
        }
    }
}
