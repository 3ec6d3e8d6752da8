//! Pictures: bytes in, normalised pixels out, as the Python a model was trained with makes them. It knows no queue and no tensor.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `picture` | what callers give: a file's bytes, or raw pixels |
//! | `rgb`, `limits`, `memory` | what it becomes first, how large it may be, and memory for it |
//! | `decode/` | files of every format → 8-bit RGB, upright |
//! | `raw` | a texture's pixels → 8-bit RGB |
//! | `preprocessing` | what is done to a model's pictures, as data |
//! | `size` | how large a picture becomes, where a crop is cut: the rounding of `transformers`, torchvision and timm |
//! | `processors`, `timm`, `fields` | where that is read from: `transformers`' processors, timm's configs |
//! | `filter`, `resize` | Pillow's resampling |
//! | `prepare` | doing it |
//! | [`imagenet`] | the names of ImageNet's classes |

mod decode;
mod fields;
mod filter;
pub mod imagenet;
mod limits;
mod memory;
mod picture;
mod prepare;
mod preprocessing;
mod processors;
mod raw;
mod resize;
mod rgb;
mod size;
mod timm;

pub use decode::decoders;
pub use limits::Limits;
pub use picture::Picture;
pub use prepare::{prepare, Pixels};
pub use preprocessing::Preprocessing;
pub use processors::preprocessing_of;
pub use raw::{Format, Raw};
pub use rgb::Rgb;
