// The C face of what the library needs from libtorch and tch does not offer.
//
// Every function that can fail returns NULL, or a message that the caller frees with gx_message_free; outputs are
// written on success only. No C++ exception leaves a function. A gx_tensor is tch's C_tensor (at::Tensor).
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#include <ATen/core/Tensor.h>
typedef at::Tensor gx_tensor;
extern "C" {
#else
typedef struct gx_tensor gx_tensor;
#endif

void gx_message_free(char *message);

// values.cpp: what methods take and return, in order: tensors and lists of tensors.
typedef struct gx_values gx_values;
char *gx_values_new(gx_values **out);
void gx_values_free(gx_values *values);
char *gx_values_push_tensor(gx_values *values, const gx_tensor *tensor);
char *gx_values_push_list(gx_values *values, const gx_tensor *const *tensors, size_t n);
size_t gx_values_count(const gx_values *values);
// -1: value i is a tensor; else the length of the list that it is.
int64_t gx_values_list_length(const gx_values *values, size_t i);
// A new reference to a tensor (j = 0), or to element j of a list; the caller owns it.
char *gx_values_tensor(const gx_values *values, size_t i, size_t j, gx_tensor **out);

// module.cpp: a TorchScript module.
typedef struct gx_module gx_module;
// Reads up to n bytes at an offset; returns how many it read.
typedef size_t (*gx_read)(void *context, uint64_t offset, void *buffer, size_t n);
typedef size_t (*gx_write)(void *context, const void *bytes, size_t n);
// file: the archive's own, if nobody writes to it: then its weights are mapped, and the file may be closed; else -1.
char *gx_module_load(gx_read read, void *context, uint64_t size, int32_t file, int32_t cuda, gx_module **out);
char *gx_module_save(const gx_module *module, gx_write write, void *context, const char *const *names,
                     const char *const *contents, const size_t *lengths, size_t n);
char *gx_module_has_method(const gx_module *module, const char *name, int32_t *out);
char *gx_module_call(const gx_module *module, const char *method, const gx_values *inputs, gx_values *outputs);
// Casts floating-point parameters: 0 f32, 1 bf16, 2 f16. int8: programs made of it compute linear layers in int8, on the CPU.
char *gx_module_cast(gx_module *module, int32_t precision, int32_t int8);
void gx_module_free(gx_module *module);

// trace.cpp: a module made by running code of ours and writing down what it does.
typedef int32_t (*gx_forward)(void *context, const gx_values *inputs, gx_values *outputs);
char *gx_module_new(gx_module **out);
// A dotted name makes nested submodules.
char *gx_module_set_parameter(gx_module *module, const char *name, const gx_tensor *tensor);
char *gx_module_trace(gx_module *module, const char *method, const gx_values *inputs, const char *const *names,
                      gx_forward forward, void *context);

// program.cpp: a module frozen and rewritten for its device; immutable, any thread may run it.
typedef struct gx_program gx_program;
char *gx_program_new(gx_module *module, const char *const *methods, size_t n, int32_t cuda, int32_t prepack,
                     gx_program **out);
char *gx_program_run(const gx_program *program, const char *method, const gx_values *inputs, gx_values *outputs);
// A program of one method, which returns element n of the list that it returns in `program` and computes nothing else. The
// weights are shared.
char *gx_program_element(const gx_program *program, const char *method, size_t n, gx_program **out);
// The rewritten graph of a method as text, for tests and logs; freed with gx_message_free.
char *gx_program_graph(const gx_program *program, const char *method, char **out);
// Which operators a method's rewritten graph holds: a line for each, its name and how many times.
char *gx_program_operators(const gx_program *program, const char *method, char **out);
void gx_program_free(gx_program *program);

// statics.cpp: from now on libtorch's statics outlive the process.
void gx_keep_statics(void);

// process.cpp: settings of the whole process and of the calling thread.
char *gx_process_start(void);
char *gx_thread_start(int32_t threads);
// From begin to end our operators share their work among threads of our own, and libtorch's use none but the calling one. May be nested.
char *gx_own_threads_begin(void);
void gx_own_threads_end(void);
// From begin to end what the calling thread runs is a batch of n texts in rows of `length` tokens, of which only the first lengths[i] of row i are computed
// where operators are ours; the others become 0. Each is at least 1.
char *gx_padding_begin(const int64_t *lengths, size_t n, int64_t length);
void gx_padding_end(void);
const char *gx_libtorch_version(void);
// The instructions that our own kernels of a precision (0 f32, 1 bf16, 2 int8) are made of on this processor; null: there are none.
const char *gx_kernel_set(int32_t precision);
// Whether this processor multiplies bf16 faster than f32.
int32_t gx_multiplies_bf16(void);
char *gx_cuda_check(int32_t index, int32_t *count);

#ifdef __cplusplus
}
#endif
