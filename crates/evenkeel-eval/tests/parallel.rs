//! Cases in parallel.

use evenkeel_eval::parallel::map;

#[test]
fn the_number_of_threads_changes_nothing() {
    let items: Vec<u64> = (0..500).collect();
    let one = map(&items, 1, |x| x * x, |_| ());
    for threads in [0, 2, 7, 1000] {
        let mut told = Vec::new();
        assert_eq!(map(&items, threads, |x| x * x, |done| told.push(done)), one);
        assert!(told.into_iter().eq(1..=items.len()));
    }
    assert!(map(&[] as &[u64], 4, |x| *x, |_| ()).is_empty());
}
