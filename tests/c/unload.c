/* unload LIBRARY MODEL CACHE: opens the library at run time, uses it and closes it again, while its threads are alive. */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "glyxel.h"

static glyxel_status (*load)(glyxel_str, const glyxel_options *, glyxel_control *, glyxel_model **, glyxel_error **);
static glyxel_status (*options_new)(glyxel_options **, glyxel_error **);
static glyxel_status (*options_set)(glyxel_options *, glyxel_str, glyxel_str, glyxel_error **);
static glyxel_status (*embed)(const glyxel_model *, const glyxel_str *, size_t, const glyxel_embed_options *, glyxel_control *, float *,
                              size_t, glyxel_error **);

/* ISO C has no cast from an object pointer to a function pointer. */
static int find(void *library, const char *name, void *function)
{
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

int main(int argc, char **argv)
{
  int round;
  alarm(120);
  if (argc != 4) return 2;
  for (round = 0; round < 3; round++) {
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    glyxel_options *options = NULL;
    glyxel_model *model = NULL;
    glyxel_str text = glyxel_cstr("the film was good");
    float out[1024];
    if (library == NULL) {
      fprintf(stderr, "%s\n", dlerror());
      return 3;
    }
    if (!find(library, "glyxel_model_load", &load) || !find(library, "glyxel_embed_texts", &embed) ||
        !find(library, "glyxel_options_new", &options_new) || !find(library, "glyxel_options_set", &options_set))
      return 4;
    if (options_new(&options, NULL) != GLYXEL_OK ||
        options_set(options, glyxel_cstr("cache_dir"), glyxel_cstr(argv[3]), NULL) != GLYXEL_OK)
      return 5;
    if (load(glyxel_cstr(argv[2]), options, NULL, &model, NULL) != GLYXEL_OK) return 6;
    if (embed(model, &text, 1, NULL, NULL, out, 1024, NULL) != GLYXEL_OK) return 7;
    if (dlclose(library) != 0) return 8;
  }
  return 0;
}
