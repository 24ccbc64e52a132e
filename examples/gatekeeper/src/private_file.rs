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
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
