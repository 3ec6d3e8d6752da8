//! A model's image encoder: how it prepares pictures, and its program behind the queues that all callers share.

use std::sync::Arc;

use tch::Kind;

use super::on_device::OnDevice;
use super::rows::read_rows;
use crate::bundle::{ImageManifest, Method, CLASSIFY_IMAGE, EMBED_IMAGE};
use crate::control::Call;
use crate::engine::{Batcher, Queue};
use crate::error::{Error, Result};
use crate::image::{prepare, Limits, Picture, Pixels};
use crate::torch::{self, Device, Precision, Program};

/// An image encoder on its device.
pub struct ImageEncoder {
    manifest: Arc<ImageManifest>,
    limits: Limits,
    embed: Arc<Queue<ImageBatcher>>,
    classify: Option<Arc<Queue<ImageBatcher>>>,
}

/// What turns pictures into this model's pixels; shared with the pool's threads.
#[derive(Clone)]
pub struct Preparation {
    manifest: Arc<ImageManifest>,
    limits: Limits,
}

impl Preparation {
    /// Gives up soon after the call has ended.
    pub fn prepare(&self, picture: Picture, call: &Call) -> Result<Pixels> {
        let rgb = picture.into_rgb(&self.limits, call)?;
        let pixels = prepare(rgb, &self.manifest.preprocessing, call)?;
        let made_for = (self.manifest.height, self.manifest.width);
        match (pixels.height, pixels.width) == made_for && pixels.values.len() == self.manifest.values() {
            true => Ok(pixels),
            false => Err(Error::Internal(format!(
                "a picture was made {}×{} for a model that takes {}×{}",
                pixels.height, pixels.width, made_for.0, made_for.1
            ))),
        }
    }
}

impl ImageEncoder {
    /// Whether a method of a bundle is one that this version uses; others are ignored.
    pub fn knows(method: &str) -> bool {
        [EMBED_IMAGE, CLASSIFY_IMAGE].contains(&method)
    }

    pub fn new(
        program: &Arc<OnDevice<Program>>,
        precision: Precision,
        manifest: &ImageManifest,
        methods: &[Method],
        limits: Limits,
    ) -> Result<Self> {
        let manifest = Arc::new(manifest.clone());
        let queue = |name: &'static str, width: usize| {
            if !methods.iter().any(|m| m.name == name && m.inputs == ["pixels"]) {
                return Err(Error::BadModel(format!(
                    "the bundle's manifest has an image part that needs a method {name} of pixels, but there is none"
                )));
            }
            let batcher = ImageBatcher {
                program: program.clone(),
                kind: precision.tch(),
                method: name,
                height: manifest.height.into(),
                width: manifest.width.into(),
                values: width,
                convolves: program.get()?.convolves(name)?,
            };
            Ok(Queue::new(program.device(), batcher))
        };
        Ok(ImageEncoder {
            embed: queue(EMBED_IMAGE, manifest.dim)?,
            classify: match &manifest.classes {
                Some(classes) => Some(queue(CLASSIFY_IMAGE, classes.labels.len())?),
                None => None,
            },
            limits,
            manifest,
        })
    }

    pub fn dim(&self) -> usize {
        self.manifest.dim
    }

    pub fn manifest(&self) -> &Arc<ImageManifest> {
        &self.manifest
    }

    pub fn preparation(&self) -> Preparation {
        Preparation {
            manifest: self.manifest.clone(),
            limits: self.limits,
        }
    }

    /// The vectors as the model gives them.
    pub fn embed(&self) -> &Arc<Queue<ImageBatcher>> {
        &self.embed
    }

    /// The logits of its head, if it has one.
    pub fn classify(&self) -> Option<&Arc<Queue<ImageBatcher>>> {
        self.classify.as_ref()
    }
}

/// Runs batches of prepared pictures through one method.
pub struct ImageBatcher {
    program: Arc<OnDevice<Program>>,
    kind: Kind,
    method: &'static str,
    height: i64,
    width: i64,
    /// In a row of the result.
    values: usize,
    /// Whether it is a network of convolutions of our own, for which batches need not be large.
    convolves: bool,
}

impl Batcher for ImageBatcher {
    type Item = Pixels;
    type Row = Vec<f32>;

    fn length(&self, _: &Pixels) -> usize {
        1
    }

    fn max_length(&self) -> usize {
        1
    }

    /// In pictures.
    fn budget(&self) -> usize {
        let usual = match self.program.device() {
            // What a convolution gives of two pictures stays in the processor's cache. A transformer's tokens are few beside its weights, which are read
            // for each batch.
            Device::Cpu if self.convolves => 2,
            Device::Cpu => 16,
            Device::Cuda(_) => 64,
        };
        // About as many pixels as so many pictures of the usual size have.
        (usual * 224 * 224 / (self.height * self.width).max(1)).max(1) as usize
    }

    /// An empty row costs as much as a picture.
    fn overhead(&self) -> usize {
        0
    }

    fn run(&self, items: &[&Pixels], rows: usize, _: usize) -> Result<Vec<Vec<f32>>> {
        let failed = |e: tch::TchError| torch::error("making a batch of pictures", &e.to_string());
        let program = self.program.get()?;
        let _threads = program.threads(self.method)?;
        let pictures: Vec<&[f32]> = items.iter().map(|item| item.values.as_slice()).collect();
        // Rows of RGB triples are channels_last in memory.
        let pixels = torch::batch(&pictures, rows, [self.height, self.width, 3])?
            .f_permute([0, 3, 1, 2])
            .and_then(|t| t.f_to_device(self.program.device().tch()))
            .and_then(|t| t.f_to_kind(self.kind))
            .map_err(failed)?;
        let output = program.run_one(self.method, &[pixels.into()])?;
        read_rows(self.method, &output, items.len(), rows, self.values)
    }
}
