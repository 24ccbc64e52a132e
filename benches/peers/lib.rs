//! Nothing of its own: the benches are those of `evenkeel-benches`, with the feature `peers`.
