//! How items are cut into batches: pure functions of their lengths.
//!
//! Costs are counted in tokens. A batch costs its tokens, padding as the shapes have it, and, on top, `overhead`: what a batch
//! costs whatever it holds. Every choice here weighs padding against that one constant.

/// Which shapes batches may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapes {
    /// A small set: a few lengths, powers of two of rows. For kernels to which each new shape costs time and memory (oneDNN's).
    Few,
    /// Any: nothing is padded but for the sake of fewer batches.
    Any,
    /// Any, and padding is hardly computed: it costs memory, and what little is not done text by text.
    Ragged,
}

impl Shapes {
    /// How many tokens of padding cost as much as one of an item.
    fn cheapness(self) -> usize {
        match self {
            Shapes::Few | Shapes::Any => 1,
            // Embeddings and pooling are some 3 % of what a small model computes.
            Shapes::Ragged => 32,
        }
    }
}

/// How many times the budget a ragged batch may be with its padding, whatever that is said to cost: memory is taken for all of it.
const MOST_PADDED: usize = 2;

/// A batch taken from the front of a list of lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// How many items it takes.
    pub items: usize,
    /// Its rows, at least `items`: with few shapes a power of two. The rest are empty.
    pub rows: usize,
}

/// The length that an item is padded to; `most` is the longest that the model takes.
pub fn padded(length: usize, most: usize, shapes: Shapes) -> usize {
    let length = length.max(1);
    if shapes != Shapes::Few {
        return length;
    }
    let step = match length {
        0..=64 => 8,
        65..=256 => 16,
        _ => 64,
    };
    length
        .checked_next_multiple_of(step)
        .unwrap_or(length)
        .min(most)
        .max(length)
}

/// The most rows of this length that one batch may hold.
pub fn capacity(length: usize, budget: usize, shapes: Shapes) -> usize {
    let rows = |tokens: usize| (tokens / length.max(1)).max(1);
    match shapes {
        Shapes::Few => power_of_two_within(rows(budget)),
        Shapes::Any => rows(budget),
        Shapes::Ragged => rows(budget.saturating_mul(MOST_PADDED)),
    }
}

/// Cuts one batch from `lengths`: padded, longest first.
pub fn cut(lengths: &[usize], budget: usize, overhead: usize, shapes: Shapes) -> Cut {
    let Some(&longest) = lengths.first() else {
        return Cut { items: 0, rows: 0 };
    };
    // Shorter items join while all the padding they add is worth no more than a batch of their own.
    let (mut padding, mut tokens) = (0, 0);
    let fitting = lengths
        .iter()
        .take(capacity(longest, budget, shapes))
        .take_while(|&&length| {
            padding += longest - length;
            tokens += length;
            padding / shapes.cheapness() <= overhead && (tokens <= budget || tokens == length)
        });
    let near = fitting.count();
    if shapes != Shapes::Few {
        return Cut {
            items: near,
            rows: near,
        };
    }
    let fewer = power_of_two_within(near);
    let rows = if near == fewer {
        fewer
    } else {
        // Either empty rows fill up the next power of two, or the rest goes into batches of its own: one for each further
        // power of two in its number.
        let empty = (2 * fewer - near) * longest;
        let further_batches = near.count_ones() as usize - 1;
        if empty <= further_batches * overhead {
            2 * fewer
        } else {
            fewer
        }
    };
    // Rows that would be empty take the next items, however short: they cost nothing there.
    Cut {
        items: rows.min(lengths.len()),
        rows,
    }
}

/// The length of a batch that takes everything that waits, longest first; `None` if that would not be one batch, or would cost much padding.
pub fn all_at_once(lengths: &[usize], budget: usize, overhead: usize, shapes: Shapes) -> Option<usize> {
    let all = cut(lengths, budget, overhead, shapes).items == lengths.len();
    lengths.first().copied().filter(|_| all)
}

/// The largest power of two that is at most `n`, at least 1.
fn power_of_two_within(n: usize) -> usize {
    1 << n.max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const BUDGET: usize = 2048;
    const OVERHEAD: usize = 32;

    fn cut_few(lengths: &[usize], budget: usize, overhead: usize) -> Cut {
        cut(lengths, budget, overhead, Shapes::Few)
    }

    /// A small generator of numbers that only look random: the same ones every time.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (self.0 >> 33) as usize % n
        }
    }

    /// Cuts all of `lengths`, padded and sorted, until nothing is left.
    fn cut_all(mut lengths: Vec<usize>, budget: usize, overhead: usize, shapes: Shapes) -> Vec<(usize, Cut)> {
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        let mut batches = Vec::new();
        let mut rest = lengths.as_slice();
        while !rest.is_empty() {
            let batch = cut(rest, budget, overhead, shapes);
            assert!(batch.items >= 1 && batch.items <= rest.len(), "{batch:?}");
            batches.push((rest[0], batch));
            rest = &rest[batch.items..];
        }
        batches
    }

    #[test]
    fn lengths_are_rounded_up_to_a_small_set() {
        assert_eq!(
            [0, 1, 8, 9, 64, 65, 80, 81, 256, 257, 500].map(|n| padded(n, 512, Shapes::Few)),
            [8, 8, 8, 16, 64, 80, 80, 96, 256, 320, 512]
        );
        assert_eq!(padded(70, 77, Shapes::Few), 77, "never above the model's own length");
        assert_eq!(padded(1, 1, Shapes::Few), 1, "items that are all alike");
        assert_eq!(padded(90, 77, Shapes::Few), 90, "but an item is never cut");
        assert_eq!(padded(usize::MAX, usize::MAX, Shapes::Few), usize::MAX);
        let shapes: BTreeSet<usize> = (1..=512).map(|n| padded(n, 512, Shapes::Few)).collect();
        assert_eq!(shapes.len(), 8 + 12 + 4);
        for n in 1..2000 {
            assert!(
                padded(n, usize::MAX, Shapes::Few) >= n
                    && padded(n, usize::MAX, Shapes::Few) <= padded(n + 1, usize::MAX, Shapes::Few)
            );
        }
    }

    #[test]
    fn rows_are_powers_of_two_within_the_budget() {
        assert_eq!(capacity(16, 2048, Shapes::Few), 128);
        assert_eq!(capacity(24, 2048, Shapes::Few), 64);
        assert_eq!(
            capacity(4096, 2048, Shapes::Few),
            1,
            "an item longer than the budget still runs, alone"
        );
        assert_eq!(cut_few(&[16; 1000], BUDGET, OVERHEAD), Cut { items: 128, rows: 128 });
        assert_eq!(cut_few(&[], BUDGET, OVERHEAD), Cut { items: 0, rows: 0 });
    }

    #[test]
    fn a_batch_is_filled_up_only_where_that_is_cheaper() {
        // One empty row of 16 is cheaper than another batch; three empty ones are not.
        assert_eq!(cut_few(&[16; 7], BUDGET, OVERHEAD), Cut { items: 7, rows: 8 });
        assert_eq!(cut_few(&[16; 5], BUDGET, OVERHEAD), Cut { items: 4, rows: 4 });
        assert_eq!(cut_few(&[128; 3], BUDGET, OVERHEAD), Cut { items: 2, rows: 2 });
        // Without overhead nothing is ever padded.
        assert_eq!(cut_few(&[1; 7], 64, 0), Cut { items: 4, rows: 4 });
    }

    #[test]
    fn shorter_items_join_while_their_padding_is_worth_a_batch() {
        assert_eq!(
            cut_few(&[64, 56, 56, 56, 56, 56, 56], BUDGET, OVERHEAD),
            Cut { items: 4, rows: 4 }
        );
        let mut lengths = vec![64];
        lengths.extend([8; 31]);
        assert_eq!(
            cut_few(&lengths, BUDGET, OVERHEAD),
            Cut { items: 1, rows: 1 },
            "a long text does not pad thirty short ones"
        );
        // A row that would be empty takes a short item for nothing.
        assert_eq!(
            cut_few(&[16, 16, 16, 16, 16, 16, 16, 8, 8], BUDGET, 16),
            Cut { items: 8, rows: 8 }
        );
        assert_eq!(cut_few(&[8, 8, 8, 8, 8, 8, 1], 64, 16), Cut { items: 7, rows: 8 });
    }

    #[test]
    fn every_item_runs_once_in_a_bounded_set_of_shapes() {
        let mut numbers = Numbers(7);
        let mut shapes = BTreeSet::new();
        for round in 0..300 {
            let most = [77, 128, 512][round % 3];
            let count = 1 + numbers.below(400);
            let spread = 1 + numbers.below(most);
            let lengths: Vec<usize> = (0..count)
                .map(|_| padded(1 + numbers.below(spread), most, Shapes::Few))
                .collect();
            let mut sorted = lengths.clone();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let mut rest = sorted.as_slice();
            let batches = cut_all(lengths.clone(), BUDGET, OVERHEAD, Shapes::Few);
            for (length, batch) in &batches {
                assert!(batch.rows.is_power_of_two() && batch.rows >= batch.items);
                assert!(batch.rows == 1 || batch.rows * length <= BUDGET);
                let (own, left) = rest.split_at(batch.items);
                let padding = batch.rows * length - own.iter().sum::<usize>();
                assert!(
                    padding <= OVERHEAD * (1 + batch.rows.ilog2() as usize),
                    "{padding} in {batch:?} of {length}"
                );
                shapes.insert((*length, batch.rows));
                rest = left;
            }
            assert!(rest.is_empty());
            assert_eq!(
                batches,
                cut_all(lengths, BUDGET, OVERHEAD, Shapes::Few),
                "the same input is cut the same way"
            );
        }
        assert!(shapes.len() < 200, "{}", shapes.len());
    }

    #[test]
    fn where_padding_is_not_computed_it_is_tokens_that_fill_a_batch() {
        let cut_ragged = |lengths: &[usize]| cut(lengths, BUDGET, 8, Shapes::Ragged);
        assert_eq!(padded(13, 512, Shapes::Ragged), 13);
        // Padding worth eight tokens: 50, 80 and 95 of it, and another 95 would be more.
        assert_eq!(cut_ragged(&[100, 50, 20, 5, 5, 5]), Cut { items: 4, rows: 4 });
        assert_eq!(
            cut_ragged(&[4096, 3]),
            Cut { items: 1, rows: 1 },
            "one that is longer than the budget runs alone"
        );
        assert_eq!(cut_ragged(&[16; 1000]), Cut { items: 128, rows: 128 });
        let lengths: Vec<usize> = (0..500).map(|i| 3 + i * i % 57).collect();
        let mut sorted = lengths.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let mut rest = sorted.as_slice();
        for (longest, batch) in cut_all(lengths, BUDGET, 8, Shapes::Ragged) {
            let (own, left) = rest.split_at(batch.items);
            assert!(own.iter().sum::<usize>() <= BUDGET && batch.rows * longest <= MOST_PADDED * BUDGET);
            rest = left;
        }
        let all = |lengths: &[usize]| all_at_once(lengths, BUDGET, 8, Shapes::Ragged);
        assert_eq!(all(&[60, 31, 25, 17, 9, 3]), Some(60));
        assert_eq!(all(&[200, 3, 3, 3]), None, "too much padding");
        assert_eq!(all(&[500; 5]), None, "too many tokens");
        assert_eq!(all(&[]), None);
    }

    #[test]
    fn with_any_shape_a_batch_holds_what_is_nearly_as_long_and_nothing_else() {
        let cut_any = |lengths: &[usize], budget, overhead| cut(lengths, budget, overhead, Shapes::Any);
        assert_eq!(padded(0, 512, Shapes::Any), 1);
        assert_eq!(padded(13, 512, Shapes::Any), 13);
        assert_eq!(capacity(15, 2048, Shapes::Any), 136);
        assert_eq!(cut_any(&[16; 7], BUDGET, 0), Cut { items: 7, rows: 7 });
        assert_eq!(cut_any(&[16, 16, 15, 15, 15], BUDGET, 2), Cut { items: 4, rows: 4 });
        assert_eq!(cut_any(&[4096, 3], BUDGET, OVERHEAD), Cut { items: 1, rows: 1 });
        let lengths: Vec<usize> = (0..500).map(|i| 3 + i * i % 57).collect();
        for (longest, batch) in cut_all(lengths, BUDGET, OVERHEAD, Shapes::Any) {
            assert!(batch.items == batch.rows && batch.rows * longest <= BUDGET);
        }
    }
}
