//! Loading, saving and describing models.

use std::ffi::{c_char, CString};
use std::path::Path;
use std::sync::Arc;

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::handle::{Kind, Table};
use super::options::{self, glyxel_options};
use super::str::{self, glyxel_str};
use crate::error::{Error, Result};
use crate::model::Model;

/// A loaded model: immutable, for any number of threads at once. A handle: a key, never to be followed.
pub struct glyxel_model(());

/// What a handle stands for.
struct Loaded {
    model: Arc<Model>,
    /// The model's description, as C reads it.
    info: CString,
}

static MODELS: Table<Loaded> = Table::new(Kind::Model);

pub(super) fn get(handle: *const glyxel_model) -> Result<Arc<Model>> {
    Ok(MODELS.get(handle)?.model.clone())
}

fn insert(model: Model) -> Result<*mut glyxel_model> {
    let info = CString::new(model.info())
        .map_err(|_| Error::Internal("the model's description holds a NUL character".into()))?;
    Ok(MODELS.insert(Loaded {
        model: Arc::new(model),
        info,
    }))
}

/// Loads a model. A checkpoint is converted the first time and kept in the cache, so that the next time is fast.
/// A checkpoint is data, whoever made it: safetensors, JSON, and pickles of which only tensors are read. A bundle is a
/// program: load only those you trust.
///
/// source: the path of a checkpoint folder or of a bundle file; if there is no such path, the id of a repository on the
///   Hugging Face hub, "org/name" or "org/name@revision". "file:PATH" and "hf:ID" force one or the other.
///   A repository's files are downloaded as far as they are needed, into the cache that Python's huggingface_hub
///   keeps, and in its environment variables: HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH,
///   HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_OFFLINE, HF_HUB_ETAG_TIMEOUT, HF_HUB_DOWNLOAD_TIMEOUT, and those of the system:
///   HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR. A branch or tag is looked up each time;
///   without a network what was downloaded last is used. A whole commit hash that is in the cache asks nobody.
/// o: the settings; NULL: the defaults.
/// c: watches, cancels or times the call; may be NULL. A download that is cancelled is gone on with the next time.
/// out: gets the model; free it with glyxel_model_free.
/// Errors: GLYXEL_NOT_FOUND if there is no such path, repository (that one may see without a token) or revision, it is not
/// in the cache when offline, or it lacks its config, weights or tokenizer; GLYXEL_INVALID_ARGUMENT for a file of weights
/// alone, an id or a revision that cannot be one, a token that the hub refuses, and an image_size that the model's pictures
/// cannot have; GLYXEL_BAD_MODEL if the files are damaged, cut off or contradict each other; GLYXEL_UNSUPPORTED for an
/// architecture, a setting, a format of weights or a newer bundle that this version does not know; GLYXEL_IO (also for a
/// cache folder that cannot be written);
/// GLYXEL_NETWORK if the hub cannot be reached, does not let this account read the repository, or sends other content than
/// it states; GLYXEL_DEVICE; GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_model_load(
    source: glyxel_str,
    o: *const glyxel_options,
    c: *mut glyxel_control,
    out: *mut *mut glyxel_model,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        guard::not_null(out, "out")?;
        let (source, options, call) = (source.read_name("source")?, options::read(o)?, control::call(c)?);
        out.write_unaligned(insert(Model::load(&source, &options, &call)?)?);
        Ok(())
    })
}

/// Loads a model from the bytes of a bundle.
///
/// bytes: the bundle, len bytes; they may be freed when the call returns.
/// o: the settings; NULL: the defaults.
/// c: watches, cancels or times the call; may be NULL.
/// out: gets the model; free it with glyxel_model_free.
/// Errors: as glyxel_model_load.
#[no_mangle]
pub unsafe extern "C" fn glyxel_model_load_memory(
    bytes: *const u8,
    len: usize,
    o: *const glyxel_options,
    c: *mut glyxel_control,
    out: *mut *mut glyxel_model,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        guard::not_null(out, "out")?;
        let (options, call) = (options::read(o)?, control::call(c)?);
        let bytes = str::copy_while(bytes, len, &"bytes", || call.check())?;
        out.write_unaligned(insert(Model::load_memory(bytes, &options, &call)?)?);
        Ok(())
    })
}

/// Writes the model as a bundle: one file that loads without conversion, here and elsewhere. It is the model as it was
/// converted: in the checkpoint's precision and for any device, whatever this one runs in.
///
/// m: the model.
/// path: the file; one that is there is replaced by a new one, in one step (a symbolic link stays and its file is replaced).
/// Errors: GLYXEL_IO if it cannot be written; GLYXEL_NOT_FOUND if its folder is not there; GLYXEL_INVALID_ARGUMENT if
/// something is there that is not a regular file; GLYXEL_BAD_MODEL if the bundle's own file was written over since it was
/// loaded.
#[no_mangle]
pub unsafe extern "C" fn glyxel_model_save(
    m: *const glyxel_model,
    path: glyxel_str,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let model = get(m)?;
        let path = path.read_name("path")?;
        model.save(Path::new(&path))
    })
}

/// Describes the model: its architecture, device, precision, pooling, dimensions, limits and where it came from.
///
/// m: the model.
/// Returns JSON (UTF-8, NUL-terminated) that belongs to the model and lives as long; NULL if m is NULL or freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_model_info(m: *const glyxel_model) -> *const c_char {
    guard::value(std::ptr::null(), || Ok(MODELS.get(m)?.info.as_ptr()))
}

/// Says how many floats one embedding has.
///
/// m: the model.
/// Returns the number; 0 if the model embeds nothing, or m is NULL or freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_model_dim(m: *const glyxel_model) -> usize {
    guard::value(0, || Ok(get(m)?.dim()))
}

/// Frees a model. Calls that are using it end as if it were there.
///
/// m: the model, or NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_model_free(m: *mut glyxel_model) {
    guard::value((), || {
        MODELS.remove(m);
        Ok(())
    })
}
