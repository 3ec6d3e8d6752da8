//! The safetensors format: a JSON header, then the tensors' bytes.

use safetensors::tensor::Metadata;

use super::shard::Shard;
use super::Stored;
use crate::error::Result;
use crate::source::files;

/// The file's tensors, checked: they lie one behind the other and fill the file exactly.
pub(super) fn tensors(shard: &Shard) -> Result<Vec<(String, Stored)>> {
    if shard.size < 8 {
        return Err(shard.bad(format!("it has {} bytes, less than any safetensors file", shard.size)));
    }
    let mut length = [0; 8];
    shard.read(&mut length, 0)?;
    let length = u64::from_le_bytes(length);
    if length > files::SMALL || length > shard.size - 8 {
        return Err(shard.bad(format!("its header claims {length} bytes of a file of {}", shard.size)));
    }
    // Deserialising checks the order of the offsets and each size against its shape and type.
    let header: Metadata = serde_json::from_slice(&shard.bytes(8, length)?)
        .map_err(|e| shard.bad(format!("its safetensors header is not valid: {e}")))?;
    let start = 8 + length;
    let tensors = header.tensors();
    let end = tensors
        .values()
        .map(|info| info.data_offsets.1 as u64)
        .max()
        .unwrap_or(0);
    if start.checked_add(end) != Some(shard.size) {
        return Err(shard.bad(format!(
            "it has {} bytes, but its header describes {}",
            shard.size,
            start.saturating_add(end)
        )));
    }
    let stored = tensors.into_iter().map(|(name, info)| {
        let (begin, end) = info.data_offsets;
        let stored = Stored {
            dtype: info.dtype,
            shape: info.shape.clone(),
            strides: None,
            offset: start + begin as u64,
            len: end.saturating_sub(begin) as u64,
            checksum: None,
        };
        (name, stored)
    });
    Ok(stored.collect())
}
