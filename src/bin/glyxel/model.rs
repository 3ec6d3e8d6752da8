//! What every command that loads a model can be told about it.

use clap::Args;
use glyxel::options::Options;

use crate::failure::Outcome;

#[derive(Args)]
#[command(next_help_heading = "The model")]
pub struct ModelArguments {
    /// A checkpoint's folder, a bundle file or a Hugging Face id
    #[arg(index = 1, help_heading = None)]
    pub source: String,

    /// cpu, cuda, cuda:N or auto [default: cpu]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,

    /// f32, bf16, f16 (CUDA), int8 (CPU) or auto [default: f32]
    #[arg(long, value_name = "PRECISION")]
    precision: Option<String>,

    /// Cut texts after this many tokens [default: as the model says]
    #[arg(long, value_name = "TOKENS")]
    max_length: Option<String>,

    /// Bring pictures to this size, such as 384 or 384x512 (height and width) [default: as the model says]
    #[arg(long, value_name = "SIZE")]
    image_size: Option<String>,

    /// Refuse pictures of more pixels before decoding them [default: 89478485]
    #[arg(long, value_name = "N")]
    max_image_pixels: Option<String>,

    /// Branch, tag or commit of a hub repository
    #[arg(long)]
    revision: Option<String>,

    /// Where downloads (in hub) and converted models (in bundles) are kept [default: the Hugging Face cache; $GLYXEL_CACHE,
    /// else glyxel in your cache folder]
    #[arg(long, value_name = "FOLDER")]
    cache_dir: Option<String>,

    /// Never use the network
    #[arg(long)]
    offline: bool,

    /// Threads that compute [default: the cores this process may use]
    #[arg(long, value_name = "N")]
    pub threads: Option<String>,

    /// Show no progress and no notes
    #[arg(long, short)]
    pub quiet: bool,
}

impl ModelArguments {
    /// The library checks the values: what it takes and says is the same here as everywhere.
    pub fn options(&self) -> Outcome<Options> {
        let mut options = Options::default();
        let given = [
            ("device", &self.device),
            ("precision", &self.precision),
            ("max_length", &self.max_length),
            ("image_size", &self.image_size),
            ("max_image_pixels", &self.max_image_pixels),
            ("revision", &self.revision),
            ("cache_dir", &self.cache_dir),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                options.set(name, value)?;
            }
        }
        if self.offline {
            options.set("offline", "true")?;
        }
        Ok(options)
    }
}
