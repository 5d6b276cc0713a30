//! A few threads over many items, with the answers in the order of the items.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

/// As many threads as processors.
pub(super) fn per_processor() -> usize {
    thread::available_parallelism().map_or(2, NonZero::get)
}

/// Does `work` on every item, on `threads` threads, and hands each answer to `each` in the order of the items. The
/// first error of `each` stops what is not yet begun.
pub(super) fn in_order<T: Sync, A: Send, E>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> A + Sync,
    mut each: impl FnMut(&T, A) -> Result<(), E>,
) -> Result<(), E> {
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (answers, answered) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            let (answers, next, stopped, work) = (answers.clone(), &next, &stopped, &work);
            scope.spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { return };
                    // Only a caller that has stopped listening refuses an answer.
                    let _ = answers.send((at, work(item)));
                }
            });
        }
        drop(answers);
        let (mut early, mut due) = (BTreeMap::new(), 0);
        for (at, answer) in answered {
            early.insert(at, answer);
            while let Some(answer) = early.remove(&due) {
                let told = items.get(due).map_or(Ok(()), |item| each(item, answer));
                if told.is_err() {
                    stopped.store(true, Ordering::Relaxed);
                    return told;
                }
                due += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items_whoever_is_first() {
        let items: Vec<u32> = (0..200).collect();
        let mut heard = Vec::new();
        let done = in_order(
            &items,
            8,
            |item| item * 2,
            |item, answer| {
                heard.push((*item, answer));
                Ok::<(), ()>(())
            },
        );
        assert_eq!(done, Ok(()));
        assert_eq!(heard, items.iter().map(|item| (*item, item * 2)).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_stops_what_is_not_begun() {
        let items: Vec<u32> = (0..1000).collect();
        let done = in_order(&items, 1, |item| *item, |item, _| if *item == 3 { Err(*item) } else { Ok(()) });
        assert_eq!(done, Err(3));
        assert_eq!(in_order(&[], 4, |item: &u32| *item, |_, _| Err(())), Ok(()));
    }
}
