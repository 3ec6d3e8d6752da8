#ifndef GLYXEL_H
#define GLYXEL_H

/* glyxel: pretrained text and image encoders, without Python.
 *
 * True of every function here, so said once:
 *
 * - Threads: every function may be called from any thread at any time. Models and controls are shared between
 *   threads; the library computes on threads of its own.
 * - Errors: a function that can fail returns a glyxel_status, GLYXEL_OK (0) on success, and has a last parameter err. It
 *   may be NULL; else *err gets, only on failure, an error that the caller frees with glyxel_error_free. Besides what a
 *   function's documentation lists, each can give
 *     GLYXEL_INVALID_ARGUMENT   something that must not be NULL is, or a text is not UTF-8;
 *     GLYXEL_INVALID_HANDLE     a handle was freed before, is of another kind, or never came from this library;
 *     GLYXEL_UNSUPPORTED        this process was forked after the library had started;
 *     GLYXEL_CANCELLED          the library is being shut down;
 *     GLYXEL_INTERNAL           a defect of the library, which stays usable.
 * - Inputs are read or copied before a call returns. Outputs are written by the calling thread alone, and only on success.
 *   No pointer needs to be aligned.
 * - Strings and paths are UTF-8, a pointer and a length (glyxel_str), on every system.
 * - n = 0 succeeds if all else is valid, and then arrays may be NULL.
 * - Handles (glyxel_model, glyxel_control, glyxel_options, glyxel_predictions, glyxel_pairs,
 *   glyxel_centroids, glyxel_tokens) are opaque, and no addresses: a freed or foreign one is an error,
 *   never a crash, and a call that is using one goes on when it is freed. The *_free functions take NULL. Everything that
 *   the caller gets is freed by the function that its documentation names; a text that a function returns is not freed.
 *   An error (glyxel_error) is an address: it is freed once.
 * - A struct begins with struct_size, which the caller sets to its sizeof. All else may be zero: that is the default. In an
 *   array of structs each states the same size. So
 *   programs keep working with newer libraries, and with older ones as long as they leave zero what those do not know.
 * - Long calls take a glyxel_control, by which any thread can watch or cancel them; they then return at once.
 * - After fork the child cannot use the library, if it was in use: every call gives an error, none hangs.
 * - Nothing is printed, unless a log callback or the environment variable GLYXEL_LOG asks for it.
 */


/* Generated from src/ffi by `make header`: change it there. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * Success.
 */
#define GLYXEL_OK 0

/**
 * An argument is missing, malformed or out of range.
 */
#define GLYXEL_INVALID_ARGUMENT 1

/**
 * A handle was freed before, is of another kind, or never came from this library.
 */
#define GLYXEL_INVALID_HANDLE 2

/**
 * A file, folder or name is not there.
 */
#define GLYXEL_NOT_FOUND 3

/**
 * A checkpoint or bundle is damaged, cut off or contradicts itself.
 */
#define GLYXEL_BAD_MODEL 4

/**
 * This model, this build or this version cannot do that.
 */
#define GLYXEL_UNSUPPORTED 5

/**
 * Reading or writing a file failed.
 */
#define GLYXEL_IO 6

/**
 * A download failed.
 */
#define GLYXEL_NETWORK 7

/**
 * The call was cancelled through its control, or the library was shut down.
 */
#define GLYXEL_CANCELLED 8

/**
 * The call took longer than its control allows.
 */
#define GLYXEL_TIMEOUT 9

/**
 * There is no memory for a size that the caller or a file gave.
 */
#define GLYXEL_OUT_OF_MEMORY 10

/**
 * A device is absent or failed.
 */
#define GLYXEL_DEVICE 11

/**
 * A defect of this library; it stays usable.
 */
#define GLYXEL_INTERNAL 12

/**
 * Something failed that no caller is told of.
 */
#define GLYXEL_LOG_ERROR 1

/**
 * Something works, but not as well as it could.
 */
#define GLYXEL_LOG_WARN 2

/**
 * What happens, in few words.
 */
#define GLYXEL_LOG_INFO 3

/**
 * What happens, in many.
 */
#define GLYXEL_LOG_DEBUG 4

/**
 * No call under this control has begun.
 */
#define GLYXEL_STAGE_IDLE 0

/**
 * Counted in bytes.
 */
#define GLYXEL_STAGE_DOWNLOADING 1

/**
 * Reading the weights for the checksum in the bundle's manifest; counted in bytes.
 */
#define GLYXEL_STAGE_HASHING 2

/**
 * Making a bundle from a checkpoint; counted in weights.
 */
#define GLYXEL_STAGE_CONVERTING 3

/**
 * Checking a bundle, counted in bytes; then reading and optimising it, which begins anew at 0 of 1.
 */
#define GLYXEL_STAGE_LOADING 4

/**
 * Counted in texts.
 */
#define GLYXEL_STAGE_TOKENIZING 5

/**
 * Reading the first pictures, counted in images; the others are read while those before them are computed.
 */
#define GLYXEL_STAGE_DECODING 6

/**
 * Counted in inputs.
 */
#define GLYXEL_STAGE_COMPUTING 7

/**
 * The bytes of a file: JPEG, PNG, WebP, GIF (its first frame), BMP or TIFF.
 */
#define GLYXEL_ENCODED 0

/**
 * Pixels of 3 bytes: red, green, blue.
 */
#define GLYXEL_RGB8 1

/**
 * Pixels of 4 bytes: red, green, blue, alpha, which is ignored.
 */
#define GLYXEL_RGBA8 2

/**
 * Pixels of 4 bytes: blue, green, red, alpha, which is ignored.
 */
#define GLYXEL_BGRA8 3

/**
 * Pixels of 1 byte.
 */
#define GLYXEL_GRAY8 4

/**
 * A text as it is: what glyxel_embed_texts reads.
 */
#define GLYXEL_TEXT 0

/**
 * A query of a model for late interaction (ColBERT): with its marker and, if the model was trained so, filled up with mask tokens,
 * which have vectors, too.
 */
#define GLYXEL_QUERY 1

/**
 * A document of such a model: with its marker; tokens on the model's skip list (mostly punctuation) have no vector.
 */
#define GLYXEL_DOCUMENT 2

/**
 * The cosine of the angle between two vectors, from -1 to 1; 0 if one of them is all zeros. Larger is nearer.
 */
#define GLYXEL_COSINE 0

/**
 * The dot product. Larger is nearer.
 */
#define GLYXEL_DOT 1

/**
 * The Euclidean distance. Smaller is nearer.
 */
#define GLYXEL_EUCLIDEAN 2

/**
 * A byte for each float, int8_t: its place in its dimension's range, from -128 to 127.
 */
#define GLYXEL_INT8 0

/**
 * A byte for each float, uint8_t: the same, from 0 to 255.
 */
#define GLYXEL_UINT8 1

/**
 * A bit for each float, whether it is above 0: a vector is (dim + 7) / 8 bytes, int8_t, the first float in the highest
 * bit; each byte less 128.
 */
#define GLYXEL_BINARY 2

/**
 * The same without the 128, uint8_t: what faiss and usearch take for bits.
 */
#define GLYXEL_UBINARY 3

/**
 * What was learned of some labels. A handle: a key, never to be followed.
 */
typedef struct glyxel_centroids glyxel_centroids;

/**
 * Watches, cancels and times the calls it is passed to. A handle: a key, never to be followed.
 */
typedef struct glyxel_control glyxel_control;

/**
 * What went wrong in one call; it belongs to whoever got it.
 */
typedef struct glyxel_error glyxel_error;

/**
 * A loaded model: immutable, for any number of threads at once. A handle: a key, never to be followed.
 */
typedef struct glyxel_model glyxel_model;

/**
 * Settings for one model. A handle: a key, never to be followed.
 */
typedef struct glyxel_options glyxel_options;

/**
 * Pairs of vectors that are near each other. A handle: a key, never to be followed.
 */
typedef struct glyxel_pairs glyxel_pairs;

/**
 * The predictions for each item of a call. A handle: a key, never to be followed.
 */
typedef struct glyxel_predictions glyxel_predictions;

/**
 * The vectors of the tokens of some texts. A handle: a key, never to be followed.
 */
typedef struct glyxel_tokens glyxel_tokens;

/**
 * What a function that can fail returns: GLYXEL_OK, or what kind of thing went wrong.
 */
typedef int32_t glyxel_status;

/**
 * UTF-8 text: `len` bytes at `ptr`, without a terminating NUL; a NUL inside is text like any other.
 * `{NULL, 0}` is the empty string.
 */
typedef struct glyxel_str {
  const char *ptr;
  size_t len;
} glyxel_str;

/**
 * Gets a message: its level (GLYXEL_LOG_...), its text (valid until the callback returns) and the user pointer.
 */
typedef void (*glyxel_log_callback)(int32_t level, glyxel_str message, void *user);

/**
 * How texts and pictures become vectors. Set struct_size to sizeof(glyxel_embed_options); all else may be zero.
 */
typedef struct glyxel_embed_options {
  uint32_t struct_size;
  /**
   * Scale each vector to length 1: 0 as the model says, 1 yes, 2 no.
   */
  int32_t normalize;
  /**
   * 0: all; else only the first dim floats of each vector, scaled to length 1 again if normalised (Matryoshka).
   */
  uint32_t dim;
  /**
   * Must be 0.
   */
  uint32_t reserved;
  /**
   * Put before each text; must be empty for pictures. Empty: the model's default prompt, if it has one. "@": none. "@NAME": one of the model's own;
   * "@query" and "@document" always exist. A text that begins with "@" can thus be no prompt itself.
   */
  glyxel_str prompt;
} glyxel_embed_options;

/**
 * A picture: a file's bytes, or raw pixels such as a game's texture. Set struct_size to sizeof(glyxel_image); of encoded
 * pictures only data and len are needed besides, and all else is zero.
 */
typedef struct glyxel_image {
  uint32_t struct_size;
  /**
   * GLYXEL_ENCODED, GLYXEL_RGB8, GLYXEL_RGBA8, GLYXEL_BGRA8 or GLYXEL_GRAY8.
   */
  int32_t format;
  /**
   * In pixels; 0 for encoded pictures.
   */
  uint32_t width;
  uint32_t height;
  /**
   * Bytes from a row to the next; 0: the rows follow each other without a gap.
   */
  size_t row_stride;
  /**
   * The encoded bytes, or the lowest address of the pixels.
   */
  const uint8_t *data;
  /**
   * How many bytes can be read from data.
   */
  size_t len;
  /**
   * 1: the row at data is the bottom one (Unity, OpenGL); 0: the top one.
   */
  int32_t bottom_up;
  /**
   * Must be 0.
   */
  uint32_t reserved;
} glyxel_image;

/**
 * Which vectors tokens get. Set struct_size to sizeof(glyxel_token_options); all else may be zero.
 */
typedef struct glyxel_token_options {
  uint32_t struct_size;
  /**
   * 0: the vectors that the model gives its tokens: those of a model for late interaction (projected, of length 1), else the last
   * hidden state. n > 0: hidden state n as transformers numbers hidden_states: what layer n gives. n < 0: from the end, as Python
   * counts: -1 is the last, -(layers + 1) the embeddings. How many "layers" there are stands in glyxel_model_info, under "text".
   */
  int32_t layer;
  /**
   * GLYXEL_TEXT, GLYXEL_QUERY or GLYXEL_DOCUMENT; the last two with models for late interaction only.
   */
  int32_t role;
  /**
   * Scale each vector to length 1: 0 as the model says (not hidden states), 1 yes, 2 no.
   */
  int32_t normalize;
  /**
   * Put before each text, as in glyxel_embed_options. Its tokens have vectors, too.
   */
  glyxel_str prompt;
} glyxel_token_options;

/**
 * How a task makes scores. Set struct_size to sizeof(glyxel_task_options); all else may be zero.
 */
typedef struct glyxel_task_options {
  uint32_t struct_size;
  /**
   * What makes scores of the model's logits: 0 what the model says, 1 nothing, 2 softmax, 3 sigmoid.
   */
  int32_t activation;
  /**
   * How many predictions each item gets, in descending order of score; 0: all. Zero-shot tasks score every label.
   */
  uint32_t top_k;
  /**
   * Must be 0.
   */
  uint32_t reserved;
  /**
   * Zero-shot tasks: a sentence that holds "{}", where each label is put; empty: the model's usual one.
   */
  glyxel_str template_;
  /**
   * Zero-shot tasks: several such sentences, template_ being empty; NULL if n_templates is 0. Of pictures each label is then compared by
   * the mean of its sentences' directions; of texts the scores are averaged.
   */
  const glyxel_str *templates;
  size_t n_templates;
} glyxel_task_options;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Says what kind of error this is.
 *
 * e: the error, or NULL.
 * Returns the status that the function returned; GLYXEL_OK for NULL.
 */
glyxel_status glyxel_error_code(const glyxel_error *e);

/**
 * Says what went wrong, where, and what to do, in an English sentence (UTF-8, NUL-terminated).
 *
 * e: the error, or NULL.
 * Returns a text that belongs to e and lives as long; "" for NULL.
 */
const char *glyxel_error_message(const glyxel_error *e);

/**
 * Frees an error.
 *
 * e: the error, or NULL; not to be used afterwards.
 */
void glyxel_error_free(glyxel_error *e);

/**
 * Says which version of this interface the library has: it grows, and programs built for it keep working, as long as
 * this number stays.
 *
 * Returns 1.
 */
uint32_t glyxel_abi_version(void);

/**
 * Says which version the library has.
 *
 * Returns a constant text, such as "0.1.0".
 */
const char *glyxel_version(void);

/**
 * Says what the library was built with: libtorch's version, kinds of devices, decoders of images.
 *
 * Returns a constant text.
 */
const char *glyxel_build_info(void);

/**
 * Sets something for the whole process; only before the first model is loaded, or after a shutdown.
 *
 * name, value: threads = N, from 1 to 1024: how many threads compute (default: as many as there are cores that this
 *   process may use, by its affinity and its cgroup's quota).
 * Errors: GLYXEL_INVALID_ARGUMENT for a name that does not exist (the message lists the near ones), for a value that is
 * not possible, or when the library is in use already.
 */
glyxel_status glyxel_configure(glyxel_str name, glyxel_str value, glyxel_error **err);

/**
 * Ends the library's work: cancels every call (they return GLYXEL_CANCELLED), waits until nothing is running, and ends
 * the library's threads. It runs by itself when the process exits; a second time it does nothing. Handles stay valid:
 * the next call starts the threads anew.
 *
 * timeout_ms: how long to wait; 0: as long as it takes.
 * Errors: GLYXEL_TIMEOUT if something was still running then. It ends by itself, and until it has, calls return
 * GLYXEL_CANCELLED; call this again to wait for it.
 */
glyxel_status glyxel_shutdown(uint64_t timeout_ms, glyxel_error **err);

/**
 * Sets who gets the library's messages, of all levels. Without one, nothing is said, unless the environment variable
 * GLYXEL_LOG (error, warn, info or debug) asks for messages of up to that level on stderr.
 *
 * callback: called from any thread, from several at once; NULL: nobody. It must return soon, and throw nothing. In it,
 *   a function that returns a status gives GLYXEL_INVALID_ARGUMENT.
 * user: passed on to it; may be NULL.
 * When this returns, the callback that was set before is not running any more, so that what it uses can be freed.
 */
glyxel_status glyxel_log_set(glyxel_log_callback callback, void *user, glyxel_error **err);

/**
 * Makes settings for a model, all of them the defaults.
 *
 * out: gets the settings; free them with glyxel_options_free.
 */
glyxel_status glyxel_options_new(glyxel_options **out, glyxel_error **err);

/**
 * Changes one setting; models loaded before keep theirs.
 *
 * o: the settings.
 * name, value: one of
 *   device = cpu (default) | cuda | cuda:N | auto (CUDA if there is one that works, else the CPU)
 *   precision = f32 (default) | bf16 | f16 (CUDA) | int8 (CPU with AVX2) | auto (bf16 or f16 where it is fast)
 *   max_length = N: texts are cut after N tokens (default, and at most: as the model says)
 *   image_size = SIDE or HEIGHTxWIDTH: pictures are brought to this size (default: as the model says), for models that can
 *     take others (ResNet, ConvNeXt, EfficientNet, DINOv2 …); at most 4096 a side; the checkpoint or
 *     bundle is converted once for each size
 *   max_image_pixels = N: pictures of more than N pixels are refused before they are decoded (default: 89478485, Pillow's)
 *   cache = true (default) | false: keep a converted checkpoint for the next time
 *   cache_dir = PATH of the folder for downloads (in "hub") and converted checkpoints (in "bundles"); default: downloads are
 *     where Python's huggingface_hub has them (HF_HUB_CACHE, HF_HOME), the others in GLYXEL_CACHE or the user's cache folder
 *   offline = true | false (default): never use the network, as with HF_HUB_OFFLINE=1
 *   revision = branch, tag or commit of a hub repository (default: main)
 *   token = access token for the hub (default: HF_TOKEN, or the one that `hf auth login` has saved)
 * Errors: GLYXEL_INVALID_ARGUMENT for a name that does not exist (the message lists the near ones) or a value that is
 * not possible (the message says which are); the settings are as before.
 */
glyxel_status glyxel_options_set(glyxel_options *o,
                                 glyxel_str name,
                                 glyxel_str value,
                                 glyxel_error **err);

/**
 * Frees settings. Models loaded with them stay as they are.
 *
 * o: the settings, or NULL.
 */
void glyxel_options_free(glyxel_options *o);

/**
 * Makes a control, which any thread may poll or cancel while other threads are in calls that it was passed to.
 * It may serve many calls, also at once.
 *
 * out: gets the control; free it with glyxel_control_free.
 */
glyxel_status glyxel_control_new(glyxel_control **out, glyxel_error **err);

/**
 * Cancels every call under the control, now and later, even one with n = 0: a cancelled control stays so. The calls
 * return GLYXEL_CANCELLED at once.
 *
 * c: the control; nothing happens if it is NULL or freed.
 */
void glyxel_control_cancel(glyxel_control *c);

/**
 * Limits how long each call that begins from now on may take; it then returns GLYXEL_TIMEOUT.
 *
 * c: the control; nothing happens if it is NULL or freed.
 * milliseconds: for each call; 0: no limit (the default).
 */
void glyxel_control_set_timeout(glyxel_control *c, uint64_t milliseconds);

/**
 * Says how far the calls under a control are; of several at once, what the last to report said.
 *
 * c: the control; nothing is written if it is NULL or freed.
 * stage: gets a GLYXEL_STAGE_... ; may be NULL.
 * done, total: get how much of the stage is done, and of how much (0: not known yet); may be NULL.
 */
void glyxel_control_progress(const glyxel_control *c, int32_t *stage, uint64_t *done, uint64_t *total);

/**
 * Frees a control. Calls under it go on.
 *
 * c: the control, or NULL.
 */
void glyxel_control_free(glyxel_control *c);

/**
 * Loads a model. A checkpoint is converted the first time and kept in the cache, so that the next time is fast.
 * A checkpoint is data, whoever made it: safetensors, JSON, and pickles of which only tensors are read. A bundle is a
 * program: load only those you trust.
 *
 * source: the path of a checkpoint folder or of a bundle file; if there is no such path, the id of a repository on the
 *   Hugging Face hub, "org/name" or "org/name@revision". "file:PATH" and "hf:ID" force one or the other.
 *   A repository's files are downloaded as far as they are needed, into the cache that Python's huggingface_hub
 *   keeps, and in its environment variables: HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH,
 *   HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_OFFLINE, HF_HUB_ETAG_TIMEOUT, HF_HUB_DOWNLOAD_TIMEOUT, and those of the system:
 *   HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR. A branch or tag is looked up each time;
 *   without a network what was downloaded last is used. A whole commit hash that is in the cache asks nobody.
 * o: the settings; NULL: the defaults.
 * c: watches, cancels or times the call; may be NULL. A download that is cancelled is gone on with the next time.
 * out: gets the model; free it with glyxel_model_free.
 * Errors: GLYXEL_NOT_FOUND if there is no such path, repository (that one may see without a token) or revision, it is not
 * in the cache when offline, or it lacks its config, weights or tokenizer; GLYXEL_INVALID_ARGUMENT for a file of weights
 * alone, an id or a revision that cannot be one, a token that the hub refuses, and an image_size that the model's pictures
 * cannot have; GLYXEL_BAD_MODEL if the files are damaged, cut off or contradict each other; GLYXEL_UNSUPPORTED for an
 * architecture, a setting, a format of weights or a newer bundle that this version does not know; GLYXEL_IO (also for a
 * cache folder that cannot be written);
 * GLYXEL_NETWORK if the hub cannot be reached, does not let this account read the repository, or sends other content than
 * it states; GLYXEL_DEVICE; GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_model_load(glyxel_str source,
                                const glyxel_options *o,
                                glyxel_control *c,
                                glyxel_model **out,
                                glyxel_error **err);

/**
 * Loads a model from the bytes of a bundle.
 *
 * bytes: the bundle, len bytes; they may be freed when the call returns.
 * o: the settings; NULL: the defaults.
 * c: watches, cancels or times the call; may be NULL.
 * out: gets the model; free it with glyxel_model_free.
 * Errors: as glyxel_model_load.
 */
glyxel_status glyxel_model_load_memory(const uint8_t *bytes,
                                       size_t len,
                                       const glyxel_options *o,
                                       glyxel_control *c,
                                       glyxel_model **out,
                                       glyxel_error **err);

/**
 * Writes the model as a bundle: one file that loads without conversion, here and elsewhere. It is the model as it was
 * converted: in the checkpoint's precision and for any device, whatever this one runs in.
 *
 * m: the model.
 * path: the file; one that is there is replaced by a new one, in one step (a symbolic link stays and its file is replaced).
 * Errors: GLYXEL_IO if it cannot be written; GLYXEL_NOT_FOUND if its folder is not there; GLYXEL_INVALID_ARGUMENT if
 * something is there that is not a regular file; GLYXEL_BAD_MODEL if the bundle's own file was written over since it was
 * loaded.
 */
glyxel_status glyxel_model_save(const glyxel_model *m,
                                glyxel_str path,
                                glyxel_error **err);

/**
 * Describes the model: its architecture, device, precision, pooling, dimensions, limits and where it came from.
 *
 * m: the model.
 * Returns JSON (UTF-8, NUL-terminated) that belongs to the model and lives as long; NULL if m is NULL or freed.
 */
const char *glyxel_model_info(const glyxel_model *m);

/**
 * Says how many floats one embedding has.
 *
 * m: the model.
 * Returns the number; 0 if the model embeds nothing, or m is NULL or freed.
 */
size_t glyxel_model_dim(const glyxel_model *m);

/**
 * Frees a model. Calls that are using it end as if it were there.
 *
 * m: the model, or NULL.
 */
void glyxel_model_free(glyxel_model *m);

/**
 * Embeds texts: each becomes a vector, and texts of like meaning become near vectors; an empty text has a vector, too. A
 * text, with its prompt, is cut after the model's max_length tokens. Calls from many threads are put into batches together.
 *
 * m: the model.
 * texts, n: the texts; NULL if n is 0.
 * o: how; NULL: as the model says.
 * c: watches, cancels or times the call; may be NULL.
 * out, out_len: gets n rows of glyxel_model_dim(m) floats (of o->dim, if that is set), in the order of the texts;
 *   out_len is how many floats fit. NULL if n is 0.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where), for an out_len
 * that is too small, for an o->dim larger than the model's and for a prompt that it does not have;
 * GLYXEL_UNSUPPORTED if the model does not embed texts, or o asks for something that only a newer version knows;
 * GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_embed_texts(const glyxel_model *m,
                                 const glyxel_str *texts,
                                 size_t n,
                                 const glyxel_embed_options *o,
                                 glyxel_control *c,
                                 float *out,
                                 size_t out_len,
                                 glyxel_error **err);

/**
 * Embeds pictures: each becomes a vector, and pictures that look alike become near vectors. Each is prepared as the model's
 * own preprocessing says; the vectors are not scaled to length 1 unless o says so. With a model of texts and pictures (CLIP,
 * SigLIP), texts that describe a picture are near it. Calls from many threads are put into batches together.
 *
 * m: the model.
 * images, n: the pictures; NULL if n is 0.
 * o: how; NULL: as the model says.
 * c: watches, cancels or times the call; may be NULL.
 * out, out_len: gets n rows of glyxel_model_dim(m) floats (of o->dim, if that is set), in the order of the pictures;
 *   out_len is how many floats fit. NULL if n is 0.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a picture that cannot be decoded or has more pixels than max_image_pixels
 * allows (the message says which picture and why), for an out_len that is too small, for an o->dim larger than the
 * model's and for an o->prompt; GLYXEL_UNSUPPORTED if the model takes no pictures, or something asks for what only a newer
 * version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_embed_images(const glyxel_model *m,
                                  const glyxel_image *images,
                                  size_t n,
                                  const glyxel_embed_options *o,
                                  glyxel_control *c,
                                  float *out,
                                  size_t out_len,
                                  glyxel_error **err);

/**
 * Counts tokens: how long each text is to the model, before it is cut, special tokens included.
 *
 * m: the model.
 * texts, n: the texts; NULL if n is 0.
 * out, out_len: gets n counts, in the order of the texts; out_len is how many fit. NULL if n is 0.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where) and for an
 * out_len that is too small; GLYXEL_UNSUPPORTED if the model takes no texts; GLYXEL_OUT_OF_MEMORY.
 */
glyxel_status glyxel_count_tokens(const glyxel_model *m,
                                  const glyxel_str *texts,
                                  size_t n,
                                  size_t *out,
                                  size_t out_len,
                                  glyxel_error **err);

/**
 * Embeds the tokens of texts: each token becomes a vector, which depends on the whole text. These are a model's hidden states, of
 * any layer, or what a model for late interaction (ColBERT) was trained to give, to be compared with glyxel_max_sim. A text, with
 * its prompt, is cut after the model's max_length tokens; a query and a document after lengths of their own. Special tokens have
 * vectors, too. Calls from many threads are put into batches together.
 *
 * m: the model.
 * texts, n: the texts; NULL if n is 0.
 * o: which vectors; NULL: those that the model gives its tokens.
 * c: watches, cancels or times the call; may be NULL.
 * out: gets the vectors, which the caller frees with glyxel_tokens_free.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where), for a layer that the model
 * does not have and for a prompt that it does not have; GLYXEL_UNSUPPORTED if the model gives no vectors of tokens (then, or if it
 * was converted by an older version, the message says what to do), for a role with a model that is not for late interaction, or if o
 * asks for something that only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_embed_tokens(const glyxel_model *m,
                                  const glyxel_str *texts,
                                  size_t n,
                                  const glyxel_token_options *o,
                                  glyxel_control *c,
                                  glyxel_tokens **out,
                                  glyxel_error **err);

/**
 * Says how many floats a vector has.
 *
 * t: the vectors of tokens.
 * Returns the number; 0 if t is NULL or freed.
 */
size_t glyxel_tokens_dim(const glyxel_tokens *t);

/**
 * Says how many vectors a text has: one for each of its tokens, less those that have none.
 *
 * t: the vectors of tokens.
 * item: the text's place among those of the call.
 * Returns the number; 0 if there is no such text, or t is NULL or freed.
 */
size_t glyxel_tokens_count(const glyxel_tokens *t, size_t item);

/**
 * Gives the vectors of all texts, without copying them: what glyxel_max_sim takes.
 *
 * t: the vectors of tokens.
 * vectors: gets the first of the rows of glyxel_tokens_dim(t) floats, which stand one after the other in the order of the texts and
 *   of their tokens; they belong to t and live as long. May be NULL.
 * counts: gets the first of as many numbers as there are texts: how many rows each has; they belong to t and live as long. May be
 *   NULL.
 * Errors: GLYXEL_INVALID_ARGUMENT if t is NULL; GLYXEL_INVALID_HANDLE if t was freed.
 */
glyxel_status glyxel_tokens_vectors(const glyxel_tokens *t,
                                    const float **vectors,
                                    const size_t **counts);

/**
 * Says which token a vector is of.
 *
 * t: the vectors of tokens.
 * item: the text's place among those of the call.
 * token: the vector's place among those of the text.
 * id: gets the token's id; may be NULL.
 * piece: gets the token as the vocabulary writes it ("##ing", "▁the"), which belongs to t and lives as long; may be NULL.
 * begin, end: get the bytes of the text, as it was passed in and without the prompt, that the token came from: begin up to, but
 *   without, end. 0 and 0 for a token that stands for no bytes of the text: a special one, one of the prompt, one that a query was filled
 *   up with. May be NULL.
 * Errors: GLYXEL_INVALID_ARGUMENT if there is no such text or token, or t is NULL; GLYXEL_INVALID_HANDLE if t was freed.
 */
glyxel_status glyxel_tokens_get(const glyxel_tokens *t,
                                size_t item,
                                size_t token,
                                uint32_t *id,
                                glyxel_str *piece,
                                size_t *begin,
                                size_t *end);

/**
 * Frees vectors of tokens, and what was read from them.
 *
 * t: the vectors of tokens, or NULL.
 */
void glyxel_tokens_free(glyxel_tokens *t);

/**
 * Says how many predictions an item has: o->top_k, or as many as there are classes.
 *
 * p: the predictions.
 * item: the item's place among those of the call.
 * Returns the number; 0 if there is no such item, or p is NULL or freed.
 */
size_t glyxel_predictions_count(const glyxel_predictions *p, size_t item);

/**
 * Reads one prediction.
 *
 * p: the predictions.
 * item: the item's place among those of the call.
 * rank: 0 for the one of the highest score, then the next.
 * label: gets the class's name, which belongs to p and lives as long; may be NULL.
 * index: gets the class's place among the model's; may be NULL.
 * score: gets the score; may be NULL.
 * Errors: GLYXEL_INVALID_ARGUMENT if there is no such item or rank, or p is NULL; GLYXEL_INVALID_HANDLE if p was freed.
 */
glyxel_status glyxel_predictions_get(const glyxel_predictions *p,
                                     size_t item,
                                     size_t rank,
                                     glyxel_str *label,
                                     int64_t *index,
                                     float *score);

/**
 * Frees predictions, and the labels read from them.
 *
 * p: the predictions, or NULL.
 */
void glyxel_predictions_free(glyxel_predictions *p);

/**
 * Says what texts are, by the classes that a model was trained on, such as sentiments or topics: each text gets the classes
 * with a score, the likeliest first. A text is cut after the model's max_length tokens. Names of classes are the checkpoint's
 * (id2label), or LABEL_0, LABEL_1 and so on. Scores are those of transformers' pipelines: a softmax over the classes; a sigmoid
 * for each class of a model of many labels, or for a model of one class; the number itself for a regression.
 *
 * m: the model: a checkpoint with a head for whole texts (transformers: a class that ends in ForSequenceClassification).
 * texts, n: the texts; NULL if n is 0.
 * o: how; NULL: as the model says, all classes.
 * c: watches, cancels or times the call; may be NULL.
 * out: gets the predictions, an item for each text in their order; free them with glyxel_predictions_free.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where);
 * GLYXEL_UNSUPPORTED if the model classifies no texts, or o asks for something that only a newer version knows;
 * GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_classify_texts(const glyxel_model *m,
                                    const glyxel_str *texts,
                                    size_t n,
                                    const glyxel_task_options *o,
                                    glyxel_control *c,
                                    glyxel_predictions **out,
                                    glyxel_error **err);

/**
 * Says what is on pictures: each gets the model's classes with a score, the likeliest first. Names of classes are the
 * checkpoint's; a head of 1,000 classes without names is taken for one of ImageNet-1k.
 *
 * m: the model.
 * images, n: the pictures; NULL if n is 0.
 * o: how; NULL: as the model says, all classes.
 * c: watches, cancels or times the call; may be NULL.
 * out: gets the predictions, an item for each picture in their order; free them with glyxel_predictions_free.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a picture that cannot be decoded or has more pixels than max_image_pixels
 * allows (the message says which picture and why); GLYXEL_UNSUPPORTED if the model classifies no pictures, or something asks
 * for what only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_classify_images(const glyxel_model *m,
                                     const glyxel_image *images,
                                     size_t n,
                                     const glyxel_task_options *o,
                                     glyxel_control *c,
                                     glyxel_predictions **out,
                                     glyxel_error **err);

/**
 * Says how well two texts go together, for each of n pairs, with a cross-encoder: mostly how well a document answers a query.
 * Scores are those of sentence-transformers' CrossEncoder, by its activation: mostly a sigmoid, so between 0 and 1, or none. A
 * pair that is too long for the model is cut, the longer text first.
 *
 * m: the model: a checkpoint whose head has one logit.
 * a, b, n: the first and the second text of each pair, such as a query and a document; NULL if n is 0.
 * o: how; NULL: as the model says. Softmax has no meaning for one logit and is refused.
 * c: watches, cancels or times the call; may be NULL.
 * out, out_len: gets n scores, in the order of the pairs; out_len is how many fit. NULL if n is 0.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where) and for an out_len
 * that is too small; GLYXEL_UNSUPPORTED if the model has no head or one of several classes, or o asks for something that
 * only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_score_pairs(const glyxel_model *m,
                                 const glyxel_str *a,
                                 const glyxel_str *b,
                                 size_t n,
                                 const glyxel_task_options *o,
                                 glyxel_control *c,
                                 float *out,
                                 size_t out_len,
                                 glyxel_error **err);

/**
 * Says how well labels of the caller's choosing fit pictures, with a model of texts and pictures. CLIP shares out certainty
 * among the labels (softmax: a row sums to 1); SigLIP asks of each label whether it fits (sigmoid).
 *
 * m: the model.
 * images, n: the pictures; NULL if n is 0.
 * labels, n_labels: the labels, such as "cat" or "a dog in the snow"; NULL if n_labels is 0.
 * o: how; NULL: as the model says, each label put into "This is a photo of {}."
 * c: watches, cancels or times the call; may be NULL.
 * out, out_len: gets n rows of n_labels scores, in the order of the pictures and labels; out_len is how many fit. NULL if
 *   there are none.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a label that is not UTF-8, for a picture that cannot be decoded or has more
 * pixels than max_image_pixels allows (the message says which and why), for an out_len that is too small, for a
 * template without "{}" and for template_ beside templates; GLYXEL_UNSUPPORTED if the model does not compare pictures with
 * texts, or something asks for what only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED;
 * GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_zero_shot_images(const glyxel_model *m,
                                      const glyxel_image *images,
                                      size_t n,
                                      const glyxel_str *labels,
                                      size_t n_labels,
                                      const glyxel_task_options *o,
                                      glyxel_control *c,
                                      float *out,
                                      size_t out_len,
                                      glyxel_error **err);

/**
 * Says how well labels of the caller's choosing fit texts, with a model trained on inference (NLI): whether a text entails
 * "This example is LABEL." Scores are those of transformers' zero-shot-classification pipeline. With softmax, the default, a
 * text has one of the labels and a row sums to 1; with sigmoid (multi_label there) each label is asked for by itself,
 * entailment against contradiction, as a single label always is; with none a score is the logit of entailment. A text that
 * is too long is cut, a label's sentence never.
 *
 * m: the model: a checkpoint with a head one of whose labels begins with "entail".
 * texts, n: the texts; NULL if n is 0.
 * labels, n_labels: the labels, such as "politics" or "a complaint"; NULL if n_labels is 0.
 * o: how; NULL: softmax, each label put into "This example is {}."
 * c: watches, cancels or times the call; may be NULL.
 * out, out_len: gets n rows of n_labels scores, in the order of the texts and labels; out_len is how many fit. NULL if there
 *   are none.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a text or label that is not UTF-8 (the message says which and where), for a label
 * so long that no text fits beside it, for an out_len that is too small, for a template without "{}" and for template_
 * beside templates;
 * GLYXEL_UNSUPPORTED if the model was not trained on inference, or o asks for something that only a newer version knows;
 * GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_zero_shot_texts(const glyxel_model *m,
                                     const glyxel_str *texts,
                                     size_t n,
                                     const glyxel_str *labels,
                                     size_t n_labels,
                                     const glyxel_task_options *o,
                                     glyxel_control *c,
                                     float *out,
                                     size_t out_len,
                                     glyxel_error **err);

/**
 * Finds the vectors of a corpus that are nearest to each query: exact, by comparing with all of them, at the speed of the
 * machine's matrix product. Scores are summed in f64 and rounded to f32, and depend on the two vectors alone: equal
 * vectors have equal scores, and a result is the same on any number of threads. Of equal scores the lower index comes
 * first. The queries are copied, the corpus a block of some MB at a time.
 *
 * queries, nq: nq rows of dim floats, one after the other; NULL if nq is 0.
 * corpus, nc: what is searched, nc rows of dim floats; NULL if nc is 0.
 * dim: floats in a vector.
 * metric: GLYXEL_COSINE, GLYXEL_DOT or GLYXEL_EUCLIDEAN; vectors need not have length 1.
 * k: how many are found for each query, at most nc.
 * c: watches, cancels or times the call (its progress is counted in vectors of the corpus); may be NULL.
 * out_index: gets nq rows of k places in the corpus, counted from 0, the nearest first. NULL if there are none.
 * out_score: gets their scores: cosines, dot products (infinite beyond f32), or distances. NULL if there are none.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a k larger than nc, for a dim of 0, and for a vector with a NaN or an infinity
 * (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_top_k(const float *queries,
                           size_t nq,
                           const float *corpus,
                           size_t nc,
                           size_t dim,
                           int32_t metric,
                           size_t k,
                           glyxel_control *c,
                           uint64_t *out_index,
                           float *out_score,
                           glyxel_error **err);

/**
 * Recommends items: those nearest to the mean of the items that somebody liked. With GLYXEL_COSINE each liked item counts
 * alike, however long its vector is; with the other metrics it is the mean of the vectors as they are. Liked and seen
 * items are left out.
 *
 * items, n: all items, n rows of dim floats, one after the other.
 * dim: floats in a vector.
 * liked, n_liked: places of the items that were liked, counted from 0, at least one; one named twice counts twice.
 * seen, n_seen: places of items that are not to be recommended; NULL if n_seen is 0.
 * metric: GLYXEL_COSINE, GLYXEL_DOT or GLYXEL_EUCLIDEAN.
 * k: how many to recommend, at most as many as are neither liked nor seen.
 * c: watches, cancels or times the call (its progress is counted in items); may be NULL.
 * out_index: gets the places of k items, the best first, of equal ones the lower first. NULL if k is 0.
 * out_score: gets their scores: cosines, dot products or distances. NULL if k is 0.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a place that is none, if nothing was liked, for a k larger than what is
 * left, for a dim of 0, and for a vector with a NaN or an infinity (the message says which); GLYXEL_OUT_OF_MEMORY;
 * GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_recommend(const float *items,
                               size_t n,
                               size_t dim,
                               const uint64_t *liked,
                               size_t n_liked,
                               const uint64_t *seen,
                               size_t n_seen,
                               int32_t metric,
                               size_t k,
                               glyxel_control *c,
                               uint64_t *out_index,
                               float *out_score,
                               glyxel_error **err);

/**
 * Late interaction (ColBERT's MaxSim): finds the documents that answer each query best, where queries and documents have a
 * vector for each token. For each of the query's vectors the nearest of the document's is taken, and their scores are summed: that
 * is the document's score. Exact, by comparing with all of them, at the speed of the machine's matrix product. Scores are summed in
 * f64 and rounded to f32, and depend on the vectors alone; of equal scores the lower index comes first. The queries are copied, the
 * documents a block of some MB at a time.
 *
 * queries: the queries' vectors, one after the other: rows of dim floats, as glyxel_tokens_vectors gives them; NULL if there are none.
 * query_counts, nq: how many of them each query has; NULL if nq is 0. A query that has none scores 0 with every document.
 * documents: the documents' vectors, likewise.
 * document_counts, nd: how many each document has, at least 1; NULL if nd is 0.
 * dim: floats in a vector.
 * metric: GLYXEL_COSINE or GLYXEL_DOT; of vectors of length 1 these are the same.
 * k: how many documents are found for each query, at most nd.
 * c: watches, cancels or times the call (its progress is counted in documents); may be NULL.
 * out_index: gets nq rows of k places of documents, counted from 0, the best first. NULL if there are none.
 * out_score: gets their scores, infinite beyond f32. NULL if there are none.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a document without vectors (the message says which), for another metric, for a k larger
 * than nd, for a dim of 0, and for a vector with a NaN or an infinity (the message says which of all); GLYXEL_OUT_OF_MEMORY;
 * GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_max_sim(const float *queries,
                             const size_t *query_counts,
                             size_t nq,
                             const float *documents,
                             const size_t *document_counts,
                             size_t nd,
                             size_t dim,
                             int32_t metric,
                             size_t k,
                             glyxel_control *c,
                             uint64_t *out_index,
                             float *out_score,
                             glyxel_error **err);

/**
 * Finds duplicates: all pairs of vectors whose cosine is at least a threshold. Exact: every vector is compared with every
 * other, half of n × n comparisons. It finds what sentence_transformers.util.paraphrase_mining_embeddings finds as long
 * as that one's top_k is not reached; scores are summed in f64 and rounded to f32. The vectors are copied.
 *
 * vectors, n: n rows of dim floats, one after the other; they need not have length 1. NULL if n is 0.
 * dim: floats in a vector.
 * threshold: the least cosine of a pair, from -1 to 1. What tells duplicates from neighbours differs from model to model:
 *   look at some pairs first.
 * max_pairs: no more pairs than this are kept, the best; 0: 500,000.
 * c: watches, cancels or times the call (its progress is counted in vectors); may be NULL.
 * out: gets the pairs; free them with glyxel_pairs_free.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a threshold that is no cosine, for a dim of 0, and for a vector with a NaN or
 * an infinity (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_duplicates(const float *vectors,
                                size_t n,
                                size_t dim,
                                float threshold,
                                size_t max_pairs,
                                glyxel_control *c,
                                glyxel_pairs **out,
                                glyxel_error **err);

/**
 * Says how many pairs there are.
 *
 * p: the pairs.
 * Returns the number; 0 if p is NULL or freed.
 */
size_t glyxel_pairs_count(const glyxel_pairs *p);

/**
 * Reads one pair.
 *
 * p: the pairs.
 * rank: 0 for the pair of the highest score, then the next; of equal ones that with the lower first, then the lower second.
 * first, second: get the places of the two vectors, counted from 0, first < second; may be NULL.
 * score: gets their cosine; may be NULL.
 * Errors: GLYXEL_INVALID_ARGUMENT if there is no such rank, or p is NULL; GLYXEL_INVALID_HANDLE if p was freed.
 */
glyxel_status glyxel_pairs_get(const glyxel_pairs *p,
                               size_t rank,
                               uint64_t *first,
                               uint64_t *second,
                               float *score);

/**
 * Frees pairs.
 *
 * p: the pairs, or NULL.
 */
void glyxel_pairs_free(glyxel_pairs *p);

/**
 * Makes a classifier that learns labels from a few examples of each: the intents of a chatbot, the topics of letters. A
 * label's centroid is the mean of its examples' vectors, each brought to length 1 before, and a vector gets the label
 * whose centroid is nearest. Any thread may add examples while others classify.
 *
 * n_labels: how many labels there are; they are numbered from 0.
 * dim: floats in a vector.
 * out: gets the classifier; free it with glyxel_centroids_free.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for no labels and for a dim of 0; GLYXEL_OUT_OF_MEMORY.
 */
glyxel_status glyxel_centroids_new(size_t n_labels,
                                   size_t dim,
                                   glyxel_centroids **out,
                                   glyxel_error **err);

/**
 * Learns examples, all of them or, on failure, none.
 *
 * s: the classifier.
 * vectors, n: n rows of as many floats as it was made for, one after the other; NULL if n is 0.
 * labels: for each vector the number of its label; NULL if n is 0.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a label that is none and for a vector with a NaN or an infinity (the message
 * says which); GLYXEL_OUT_OF_MEMORY.
 */
glyxel_status glyxel_centroids_add(glyxel_centroids *s,
                                   const float *vectors,
                                   const int32_t *labels,
                                   size_t n,
                                   glyxel_error **err);

/**
 * Gives each vector the label whose centroid is nearest, of equally near ones the lower. Labels without examples are given
 * to none.
 *
 * s: the classifier.
 * vectors, n: n rows of as many floats as it was made for, one after the other; NULL if n is 0.
 * threshold: the least cosine, from -1 to 1; a vector that is nearer to no centroid gets no label. -1: every one gets one.
 * c: watches, cancels or times the call; may be NULL.
 * out_label: gets for each vector the number of its label, -1 for none; NULL if n is 0.
 * out_score: gets for each vector the cosine with the nearest centroid, also where that is below the threshold; may be NULL.
 * Errors: GLYXEL_INVALID_ARGUMENT, also if there are no examples yet, for a threshold that is no cosine, and for a
 * vector with a NaN or an infinity (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_centroids_classify(const glyxel_centroids *s,
                                        const float *vectors,
                                        size_t n,
                                        float threshold,
                                        glyxel_control *c,
                                        int32_t *out_label,
                                        float *out_score,
                                        glyxel_error **err);

/**
 * Reads the centroid of a label, to look at or to keep: added to a new classifier as the label's only example, it
 * classifies as this one does.
 *
 * s: the classifier.
 * label: the label's number.
 * out, out_len: gets the centroid, of length 1 (zeros if there are no examples, or if they cancel each other out); out_len
 *   is how many floats fit. May be NULL with 0.
 * count: gets the number of the label's examples; may be NULL.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a label that is none and for an out_len that is too small.
 */
glyxel_status glyxel_centroids_get(const glyxel_centroids *s,
                                   size_t label,
                                   float *out,
                                   size_t out_len,
                                   uint64_t *count,
                                   glyxel_error **err);

/**
 * Frees a classifier. Calls that use it go on.
 *
 * s: the classifier, or NULL.
 */
void glyxel_centroids_free(glyxel_centroids *s);

/**
 * Finds the ranges that GLYXEL_INT8 and GLYXEL_UINT8 share out: the smallest and the largest value of each dimension, of
 * vectors like those that will be quantised, better some thousands of them. Corpus and queries need the same ranges, so
 * keep them.
 *
 * vectors, n: n rows of dim floats, at least one.
 * dim: floats in a vector.
 * c: watches, cancels or times the call; may be NULL.
 * out, out_len: gets 2 rows of dim floats: all smallest values, then all largest; out_len is how many floats fit.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for no vectors, for a dim of 0, for an out_len that is too small, and for a vector
 * with a NaN or an infinity (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_quantize_ranges(const float *vectors,
                                     size_t n,
                                     size_t dim,
                                     glyxel_control *c,
                                     float *out,
                                     size_t out_len,
                                     glyxel_error **err);

/**
 * Quantises vectors: a quarter or a 32nd of the memory, for some accuracy. The bytes are those of
 * sentence_transformers.util.quantize_embeddings, which faiss, usearch and vector databases take.
 *
 * vectors, n: n rows of dim floats, one after the other; NULL if n is 0.
 * dim: floats in a vector.
 * codes: GLYXEL_INT8, GLYXEL_UINT8, GLYXEL_BINARY or GLYXEL_UBINARY.
 * ranges: for the first two: 2 rows of dim floats as glyxel_quantize_ranges writes them; values beyond are cut off. NULL:
 *   those of the vectors themselves, which suit none that are quantised later.
 * c: watches, cancels or times the call (its progress is counted in vectors); may be NULL.
 * out, out_len: gets n rows of dim bytes (8 bits) or (dim + 7) / 8 bytes (1 bit); out_len is how many bytes fit. NULL if n
 *   is 0.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a dim of 0, for an out_len that is too small, for ranges whose end is before
 * their beginning, and for a vector with a NaN or an infinity (the message says which); GLYXEL_OUT_OF_MEMORY;
 * GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_quantize(const float *vectors,
                              size_t n,
                              size_t dim,
                              int32_t codes,
                              const float *ranges,
                              glyxel_control *c,
                              uint8_t *out,
                              size_t out_len,
                              glyxel_error **err);

/**
 * Finds the nearest among quantised vectors. 8 bits are compared by the dot product of their codes, exact in whole
 * numbers, larger is nearer; bits by how many differ (Hamming distance), smaller is nearer. Of equal ones the lower index
 * comes first. The float queries, if given, compare the best again, by the dot product with the codes (bits as 0 and 1), as
 * sentence_transformers.util.semantic_search_faiss and semantic_search_usearch do.
 *
 * queries, nq: nq quantised rows, with the corpus's ranges; NULL if nq is 0.
 * corpus, nc: nc quantised rows; NULL if nc is 0.
 * dim: floats in a vector before it was quantised.
 * codes: what both are: GLYXEL_INT8, GLYXEL_UINT8, GLYXEL_BINARY or GLYXEL_UBINARY.
 * k: how many are found for each query, at most nc.
 * float_queries: the queries before they were quantised, nq rows of dim floats; NULL: the codes alone decide.
 * rescore: how many times k are compared again, with float_queries; 0: 2, as in sentence-transformers.
 * c: watches, cancels or times the call (its progress is counted in vectors of the corpus); may be NULL.
 * out_index: gets nq rows of k places in the corpus, counted from 0, the nearest first. NULL if there are none.
 * out_score: gets their scores: dot products, or distances in bits without float_queries. NULL if there are none.
 * Errors: GLYXEL_INVALID_ARGUMENT, also for a k larger than nc, for a dim of 0, and for a float query with a NaN or an
 * infinity (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
 */
glyxel_status glyxel_top_k_quantized(const uint8_t *queries,
                                     size_t nq,
                                     const uint8_t *corpus,
                                     size_t nc,
                                     size_t dim,
                                     int32_t codes,
                                     size_t k,
                                     const float *float_queries,
                                     uint32_t rescore,
                                     glyxel_control *c,
                                     uint64_t *out_index,
                                     float *out_score,
                                     glyxel_error **err);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

/* The text of a NUL-terminated string; NULL: the empty one. */
static inline glyxel_str glyxel_cstr(const char *text)
{
  glyxel_str str;
  str.ptr = text;
  str.len = text ? strlen(text) : 0;
  return str;
}

#endif /* GLYXEL_H */
