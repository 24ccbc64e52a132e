//! Files of the gate, which its owner alone can read: reasons of agents are for people, not for other agents.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// How to open a file that is made, if it is not there, for its owner alone.
#[must_use]
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder, if it is not there, for its owner alone.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    builder().recursive(true).create(path)
}

/// Makes a folder for its owner alone; an error if something of that name is there.
pub(crate) fn new_private_folder(path: &Path) -> io::Result<()> {
    builder().create(path)
}

fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}
