//! Runs cases in parallel.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Applies a function to each item, on up to `threads` threads. The results stand in the order of the items,
/// however many threads there are; `done` is called after each item with the number of finished ones.
///
/// ```
/// let squares = evenkeel_eval::parallel::map(&[1, 2, 3], 2, |x| x * x, |_| ());
/// assert_eq!(squares, [1, 4, 9]);
/// ```
///
/// # Panics
/// If the function does.
pub fn map<'a, T: Sync, R: Send>(
    items: &'a [T],
    threads: usize,
    function: impl Fn(&'a T) -> R + Sync,
    done: impl FnMut(usize) + Send,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new((Vec::with_capacity(items.len()), done));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = function(item);
                    // Poisoned only if `done` panicked, which the scope passes on.
                    if let Ok(mut results) = results.lock() {
                        results.0.push((index, result));
                        let finished = results.0.len();
                        (results.1)(finished);
                    }
                }
            });
        }
    });
    let (mut results, _) = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
