//! Colours, and the scale from low to high.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colour(pub [u8; 3]);

pub const WHITE: Colour = Colour([255, 255, 255]);
pub const INK: Colour = Colour([31, 36, 48]);
pub const FAINT: Colour = Colour([110, 117, 132]);

impl Colour {
    pub fn hex(self) -> String {
        let [r, g, b] = self.0;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// From white at 0 over teal to a deep blue at 1, so that lightness falls evenly in OKLab, where equal steps look equal.
    pub fn scale(t: f32) -> Self {
        let t = if t.is_finite() { t.clamp(0., 1.) } else { 0. };
        let hue = (205. + 70. * t).to_radians();
        // No chroma at white, and as much as the screen has below.
        let chroma = 0.125 * (t * 2.2).min(1.).powf(0.8);
        oklab(lightness(t), chroma * hue.cos(), chroma * hue.sin())
    }

    /// What is read well on the scale's colour at `t`.
    pub fn on_scale(t: f32) -> Self {
        if lightness(t) > 0.68 {
            INK
        } else {
            WHITE
        }
    }
}

fn lightness(t: f32) -> f32 {
    0.985 - 0.625 * t
}

/// Björn Ottosson, "A perceptual color space for image processing" (2020): OKLab to sRGB.
fn oklab(l: f32, a: f32, b: f32) -> Colour {
    let long = (l + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let medium = (l - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let short = (l - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    let linear = [
        4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_94 * short,
        -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_4 * short,
        -0.004_196_086_3 * long - 0.703_418_6 * medium + 1.707_614_7 * short,
    ];
    Colour(linear.map(|x| {
        let x = x.clamp(0., 1.);
        let encoded = if x <= 0.003_130_8 {
            12.92 * x
        } else {
            1.055 * x.powf(1. / 2.4) - 0.055
        };
        (encoded * 255.).round() as u8
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_is_white_and_the_scale_only_gets_darker() {
        assert_eq!(oklab(1., 0., 0.), WHITE);
        assert_eq!(oklab(0., 0., 0.), Colour([0, 0, 0]));
        let luma = |t: f32| {
            let [r, g, b] = Colour::scale(t).0.map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        for step in 0..100 {
            assert!(luma(step as f32 / 100.) > luma((step + 1) as f32 / 100.), "{step}");
        }
        assert_eq!(Colour::scale(f32::NAN), Colour::scale(0.));
        assert_eq!(Colour([0, 10, 255]).hex(), "#000aff");
    }
}
