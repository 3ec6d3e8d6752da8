//! Devices and precisions by name.

use super::cuda;
use super::processor::{has_kernels, multiplies_bf16};
use crate::error::{Error, Result};

/// Where a model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    Cpu,
    Cuda(u32),
}

/// What a model computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    F32,
    Bf16,
    F16,
    /// Linear layers in int8, weights and activations; the rest in bf16 where the processor has it, else in f32.
    Int8,
}

impl Device {
    /// `cpu`, `cuda` (the first), `cuda:N`, or `auto`: the first CUDA device if there is one that works, else the CPU.
    pub fn parse(name: &str) -> Result<Self> {
        let unknown = || Error::InvalidArgument(format!("there is no device {name:?}; say cpu, cuda, cuda:N or auto"));
        match name {
            "cpu" => Ok(Device::Cpu),
            "cuda" => Ok(Device::Cuda(0)),
            "auto" => Ok(if cuda::available() {
                Device::Cuda(0)
            } else {
                Device::Cpu
            }),
            _ => name
                .strip_prefix("cuda:")
                .filter(|n| n.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|n| n.parse().ok())
                .filter(|n| *n < 128)
                .map(Device::Cuda)
                .ok_or_else(unknown),
        }
    }

    /// Makes the device usable, or says why it is not.
    pub fn open(self) -> Result<()> {
        match self {
            Device::Cpu => Ok(()),
            Device::Cuda(index) => cuda::open(index),
        }
    }

    /// For the shim: -1 is the CPU.
    pub(super) fn cuda_index(self) -> i32 {
        match self {
            Device::Cpu => -1,
            Device::Cuda(index) => index as i32,
        }
    }

    pub fn tch(self) -> tch::Device {
        match self {
            Device::Cpu => tch::Device::Cpu,
            Device::Cuda(index) => tch::Device::Cuda(index as usize),
        }
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Device::Cpu => write!(f, "cpu"),
            Device::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

impl Precision {
    /// What inputs and activations are in.
    pub fn tch(self) -> tch::Kind {
        match self {
            Precision::Int8 if multiplies_bf16() => tch::Kind::BFloat16,
            Precision::F32 | Precision::Int8 => tch::Kind::Float,
            Precision::Bf16 => tch::Kind::BFloat16,
            Precision::F16 => tch::Kind::Half,
        }
    }

    /// `f32`, `bf16`, `f16` (CUDA), `int8` (CPU), or `auto`: bf16 where the processor multiplies it faster than f32, f16 on CUDA, else f32.
    pub fn parse(name: &str, device: Device) -> Result<Self> {
        match (name, device) {
            ("f32", _) => Ok(Precision::F32),
            ("bf16", _) => Ok(Precision::Bf16),
            ("f16", Device::Cuda(_)) | ("auto", Device::Cuda(_)) => Ok(Precision::F16),
            ("f16", Device::Cpu) => Err(Error::Unsupported(
                "precision f16 runs on CUDA devices only; on the CPU take f32, bf16 or auto".into(),
            )),
            ("int8", Device::Cpu) if has_kernels(Precision::Int8) => Ok(Precision::Int8),
            ("int8", Device::Cpu) => Err(Error::Unsupported(
                "precision int8 needs an x86-64 processor with AVX2 and FMA, which this one is not; take f32, bf16 or auto".into(),
            )),
            ("int8", Device::Cuda(_)) => Err(Error::Unsupported(
                "precision int8 runs on the CPU only; on CUDA take f32, bf16, f16 or auto".into(),
            )),
            ("auto", Device::Cpu) => Ok(if multiplies_bf16() { Precision::Bf16 } else { Precision::F32 }),
            _ => Err(Error::InvalidArgument(format!(
                "there is no precision {name:?}; say f32, bf16, f16 (CUDA), int8 (CPU) or auto"
            ))),
        }
    }
}

impl std::fmt::Display for Precision {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
            Precision::F16 => "f16",
            Precision::Int8 => "int8",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_devices() {
        assert_eq!(Device::parse("cpu"), Ok(Device::Cpu));
        assert_eq!(Device::parse("cuda"), Ok(Device::Cuda(0)));
        assert_eq!(Device::parse("cuda:3"), Ok(Device::Cuda(3)));
        for wrong in [
            "",
            "gpu",
            "cuda:",
            "cuda:x",
            "cuda:-1",
            "cuda:+1",
            "cuda:99999999999",
            "CPU",
        ] {
            assert!(
                matches!(Device::parse(wrong), Err(Error::InvalidArgument(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn half_precision_needs_cuda() {
        assert!(matches!(
            Precision::parse("f16", Device::Cpu),
            Err(Error::Unsupported(_))
        ));
        assert_eq!(Precision::parse("f16", Device::Cuda(0)), Ok(Precision::F16));
        assert!(Precision::parse("auto", Device::Cpu).is_ok());
        assert!(matches!(
            Precision::parse("f8", Device::Cpu),
            Err(Error::InvalidArgument(_))
        ));
    }
}
