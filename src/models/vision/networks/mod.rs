//! Whole encoders of images over the shared blocks, each written once for all namings of its weights.

mod convnext;
mod mobile_net;
mod resnet;
mod swin;
mod vision_transformer;
mod vit;

pub use convnext::{ConvNeXt, ConvNeXtNames, ConvNeXtShape, ConvNeXtStage, ConvNeXtStem};
pub use mobile_net::{GlobalPool, MobileNet, MobileNetShape, PooledProduct};
pub use resnet::{ResNet, ResNetNames, ResNetShape, ResNetStage};
pub use swin::{Swin, SwinNames, SwinShape, SWIN_EPS};
pub use vision_transformer::{VisionTransformerNames, VisionTransformerShape};
pub use vit::{Head, Pooling, ViT};

use super::{blocks, Config, ImageEncoder, ImageFacts, Sizes};
