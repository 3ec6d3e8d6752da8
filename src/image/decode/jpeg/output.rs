//! Rows of samples → the picture's rows, as soon as there are enough: samples then never leave the processor's caches.

use super::super::super::memory::reserved;
use super::super::super::rgb::Rgb;
use super::frame::Frame;
use super::pixels::{adobe_cmyk, each, from_ycbcr, ycck};
use super::tables::Tables;
use super::upsample::Upsampler;
use crate::error::Result;

pub struct Output {
    width: usize,
    height: usize,
    colours: Colours,
    upsamplers: Vec<Upsampler>,
    /// Of the rows that are done.
    pixels: Vec<u8>,
    done: usize,
}

/// What the components are.
enum Colours {
    Grey,
    Rgb,
    YCbCr,
    Cmyk,
    Ycck,
}

impl Colours {
    /// As `default_decompress_parms` of libjpeg decides it.
    fn new(frame: &Frame, tables: &Tables) -> Self {
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (ids.len(), tables.jfif, tables.adobe) {
            (1, ..) => Colours::Grey,
            (4, _, None | Some(0)) => Colours::Cmyk,
            (4, _, Some(_)) => Colours::Ycck,
            (_, false, Some(0)) => Colours::Rgb,
            (_, false, None) if ids == *b"RGB" => Colours::Rgb,
            _ => Colours::YCbCr,
        }
    }
}

impl Output {
    /// Takes memory for the whole picture.
    pub fn new(frame: &Frame, tables: &Tables) -> Result<Self> {
        let upsamplers = frame
            .components
            .iter()
            .map(|component| Upsampler::new(component, frame.most()));
        Ok(Self {
            width: frame.width,
            height: frame.height,
            colours: Colours::new(frame, tables),
            upsamplers: upsamplers.collect::<Result<_>>()?,
            pixels: reserved(3 * frame.width as u64 * frame.height as u64)?,
            done: 0,
        })
    }

    /// Makes the rows whose samples are all there.
    pub fn advance(&mut self, frame: &Frame) {
        while self.done < self.height {
            let y = self.done;
            let mut parts = self.upsamplers.iter_mut().zip(&frame.components);
            if parts.any(|(upsampler, component)| upsampler.last_needed(component, y) >= component.finished) {
                return;
            }
            let start = self.pixels.len();
            self.pixels.resize(start + 3 * self.width, 0);
            let to = self.pixels[start..].as_chunks_mut::<3>().0;
            let mut parts = self.upsamplers.iter_mut().zip(&frame.components);
            let mut next = || {
                parts
                    .next()
                    .map_or(&[][..], |(upsampler, component)| upsampler.row(component, y))
            };
            match self.colours {
                Colours::Grey => each(to, [next()], |[v]| [v, v, v]),
                Colours::Rgb => each(to, [next(), next(), next()], |rgb| rgb),
                Colours::YCbCr => from_ycbcr(to, [next(), next(), next()]),
                Colours::Cmyk => each(to, [next(), next(), next(), next()], adobe_cmyk),
                Colours::Ycck => each(to, [next(), next(), next(), next()], ycck),
            }
            self.done += 1;
        }
    }

    pub fn into_rgb(mut self) -> Rgb {
        self.pixels.resize(3 * self.width * self.height, 0);
        Rgb {
            width: self.width as u32,
            height: self.height as u32,
            pixels: self.pixels,
        }
    }
}
