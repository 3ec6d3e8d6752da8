//! Zeros around what a convolution reads.

/// How many, on each of the two axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// This many in front (above, left) and behind (below, right).
    Sides(i64, i64),
    /// TensorFlow's "SAME": as many as make the result as large as the picture divided by the stride, rounded up; of an odd
    /// number one more behind.
    Same,
}

impl Padding {
    /// PyTorch's usual padding of an odd kernel: half of it on each side.
    pub fn half(kernel: i64) -> Self {
        Padding::Sides(kernel / 2, kernel / 2)
    }

    /// In front of and behind an axis of `size` values.
    pub fn around(self, size: i64, kernel: i64, stride: i64) -> (i64, i64) {
        match self {
            Padding::Sides(front, behind) => (front, behind),
            Padding::Same => {
                let results = (size + stride - 1) / stride;
                let zeros = ((results - 1) * stride + kernel - size).max(0);
                (zeros / 2, zeros - zeros / 2)
            }
        }
    }

    /// The shortest axis of which so many results come.
    pub fn least(self, results: i64, kernel: i64, stride: i64) -> i64 {
        let outside = match self {
            Padding::Sides(front, behind) => front + behind,
            Padding::Same => kernel - 1,
        };
        ((results - 1).saturating_mul(stride).saturating_add(kernel - outside)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Padding;

    /// As `tf.nn.conv2d` places them.
    #[test]
    fn same_padding_depends_on_the_size() {
        for (size, kernel, stride, zeros) in [
            (224, 3, 2, (0, 1)),
            (225, 3, 2, (1, 1)),
            (224, 3, 1, (1, 1)),
            (7, 5, 2, (2, 2)),
            (8, 5, 2, (1, 2)),
            (8, 4, 1, (1, 2)),
            (9, 1, 2, (0, 0)),
            (1, 3, 2, (1, 1)),
        ] {
            assert_eq!(
                Padding::Same.around(size, kernel, stride),
                zeros,
                "{size} {kernel} {stride}"
            );
        }
        assert_eq!(Padding::half(5).around(8, 5, 2), (2, 2));
    }

    #[test]
    fn the_least_that_a_kernel_can_read() {
        assert_eq!(Padding::Same.least(1, 5, 2), 1);
        assert_eq!(Padding::half(3).least(4, 3, 2), 7);
        assert_eq!(Padding::Sides(0, 1).least(1, 3, 2), 2);
        assert_eq!(Padding::Sides(0, 1).least(2, 3, 2), 4);
        assert_eq!(Padding::Sides(1, 2).least(i64::MAX, 5, 2), i64::MAX);
    }
}
