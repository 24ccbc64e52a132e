//! All benchmarks.

use super::task::Task;
use super::{
    gutentag, injected, loghub, m4, multidim, nab, nezha, petshop, quiet, skab, smap, sockshop, tcpd, ucr,
    wsd,
};

/// All benchmarks.
pub const ALL: &[Task] = &[
    m4::TASK,
    nab::TASK,
    ucr::TASK,
    wsd::TASK,
    gutentag::TASK,
    smap::TASK,
    skab::TASK,
    injected::TASK,
    quiet::TASK,
    tcpd::TASK,
    sockshop::TASK,
    petshop::TASK,
    nezha::TASK,
    loghub::TASK,
    multidim::TASK,
];

/// The benchmark of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Task> {
    ALL.iter().find(|task| task.name == name)
}
