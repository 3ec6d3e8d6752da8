/* old_binary MODEL CACHE: a program built against an older header, whose glyxel_embed_options ended earlier. The structs stand
 * at the end of a page behind which nothing can be read, so that a byte too many would end the program. */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "glyxel.h"

/* As it could have been in a version before `reserved` and `prompt`. */
struct old_embed_options {
  uint32_t struct_size;
  int32_t normalize;
  uint32_t dim;
};

enum { DIM = 4 };

static void check(const char *doing, glyxel_status status, glyxel_error **error)
{
  if (status == GLYXEL_OK) return;
  fprintf(stderr, "%s: %s\n", doing, glyxel_error_message(*error));
  exit(1);
}

int main(int argc, char **argv)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct old_embed_options *old = (struct old_embed_options *)(pages + page - sizeof *old);
  uint32_t *only_size = (uint32_t *)(pages + page) - 1;
  glyxel_options *options = NULL;
  glyxel_model *model = NULL;
  glyxel_error *error = NULL;
  glyxel_str text = glyxel_cstr("the film was good");
  float out[1024];
  float length = 0;
  int i;
  if (argc != 3 || pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) return 2;
  check("options", glyxel_options_new(&options, &error), &error);
  check("cache_dir", glyxel_options_set(options, glyxel_cstr("cache_dir"), glyxel_cstr(argv[2]), &error), &error);
  check("loading", glyxel_model_load(glyxel_cstr(argv[1]), options, NULL, &model, &error), &error);
  glyxel_options_free(options);

  old->struct_size = sizeof *old;
  old->normalize = 1;
  old->dim = DIM;
  check("embedding", glyxel_embed_texts(model, &text, 1, (const glyxel_embed_options *)old, NULL, out, DIM, &error), &error);
  for (i = 0; i < DIM; i++) length += out[i] * out[i];
  if (fabsf(length - 1) > 1e-5f) {
    fprintf(stderr, "the old struct was not understood: length %g\n", (double)length);
    return 1;
  }
  *only_size = sizeof *only_size;
  check("embedding", glyxel_embed_texts(model, &text, 1, (const glyxel_embed_options *)only_size, NULL, out, 1024, &error), &error);
  glyxel_model_free(model);
  return 0;
}
