//! Settings for one model, by name and value.

use std::sync::{Arc, Mutex};

use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::handle::{Kind, Table};
use super::str::glyxel_str;
use crate::error::Result;
use crate::options::Options;

/// Settings for one model. A handle: a key, never to be followed.
pub struct glyxel_options(());

static OPTIONS: Table<Mutex<Options>> = Table::new(Kind::Options);

/// The settings behind a handle as they are now; NULL: the defaults.
pub(super) fn read(handle: *const glyxel_options) -> Result<Options> {
    let options: Option<Arc<_>> = OPTIONS.get_or_none(handle)?;
    Ok(options.map_or_else(Options::default, |o| {
        o.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }))
}

/// Makes settings for a model, all of them the defaults.
///
/// out: gets the settings; free them with glyxel_options_free.
#[no_mangle]
pub unsafe extern "C" fn glyxel_options_new(
    out: *mut *mut glyxel_options,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        guard::not_null(out, "out")?;
        out.write_unaligned(OPTIONS.insert(Mutex::new(Options::default())));
        Ok(())
    })
}

/// Changes one setting; models loaded before keep theirs.
///
/// o: the settings.
/// name, value: one of
///   device = cpu (default) | cuda | cuda:N | auto (CUDA if there is one that works, else the CPU)
///   precision = f32 (default) | bf16 | f16 (CUDA) | int8 (CPU with AVX2) | auto (bf16 or f16 where it is fast)
///   max_length = N: texts are cut after N tokens (default, and at most: as the model says)
///   image_size = SIDE or HEIGHTxWIDTH: pictures are brought to this size (default: as the model says), for models that can
///     take others (ResNet, ConvNeXt, EfficientNet, DINOv2 …); at most 4096 a side; the checkpoint or
///     bundle is converted once for each size
///   max_image_pixels = N: pictures of more than N pixels are refused before they are decoded (default: 89478485, Pillow's)
///   cache = true (default) | false: keep a converted checkpoint for the next time
///   cache_dir = PATH of the folder for downloads (in "hub") and converted checkpoints (in "bundles"); default: downloads are
///     where Python's huggingface_hub has them (HF_HUB_CACHE, HF_HOME), the others in GLYXEL_CACHE or the user's cache folder
///   offline = true | false (default): never use the network, as with HF_HUB_OFFLINE=1
///   revision = branch, tag or commit of a hub repository (default: main)
///   token = access token for the hub (default: HF_TOKEN, or the one that `hf auth login` has saved)
/// Errors: GLYXEL_INVALID_ARGUMENT for a name that does not exist (the message lists the near ones) or a value that is
/// not possible (the message says which are); the settings are as before.
#[no_mangle]
pub unsafe extern "C" fn glyxel_options_set(
    o: *mut glyxel_options,
    name: glyxel_str,
    value: glyxel_str,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let options = OPTIONS.get(o)?;
        let (name, value) = (name.read(&"name")?, value.read(&"value")?);
        let mut options = options.lock().unwrap_or_else(|e| e.into_inner());
        options.set(&name, &value)
    })
}

/// Frees settings. Models loaded with them stay as they are.
///
/// o: the settings, or NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_options_free(o: *mut glyxel_options) {
    guard::value((), || {
        OPTIONS.remove(o);
        Ok(())
    })
}
