//! Channels of a network that is made wider or narrower, as the authors of MobileNetV2 (<https://arxiv.org/abs/1801.04381>) round
//! them, and those of EfficientNet after them.

/// More than any model has: what asks for more, the weights will not afford.
const MOST: f64 = (1 << 30) as f64;

/// The nearest multiple of `divisor`, but at least `least`, and the next one where that would be over a tenth too few.
pub fn round_channels(channels: f64, divisor: i64, least: i64) -> i64 {
    let divisor = divisor as f64;
    let nearest = ((channels + divisor / 2.).trunc() / divisor).floor() * divisor;
    let enough = nearest.max(least as f64);
    let rounded = if enough < 0.9 * channels {
        enough + divisor
    } else {
        enough
    };
    rounded.min(MOST) as i64
}

#[cfg(test)]
mod tests {
    use super::round_channels;

    #[test]
    fn rounds_to_multiples_but_loses_no_more_than_a_tenth() {
        for (channels, divisor, least, rounded) in [
            (16. * 0.35, 8, 8, 8),
            (24. * 0.5, 8, 8, 16),
            (96. * 1.1, 8, 8, 104),
            (32. * 1.1, 8, 8, 32),
            (18., 8, 8, 24),
            (10., 7, 7, 14),
            (10., 8, 32, 32),
            (1e300, 8, 8, 1 << 30),
        ] {
            assert_eq!(
                round_channels(channels, divisor, least),
                rounded,
                "{channels} {divisor} {least}"
            );
        }
    }
}
