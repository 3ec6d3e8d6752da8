/* footprint MODEL PRECISION CACHE: resident memory in MB, before a model is loaded, when it is, and at most while it works: 64 texts of
 * 100 words in one call, or 8 pictures of 640 × 480. CACHE is a folder for converted checkpoints; a bundle needs none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyxel.h"

enum { TEXTS = 64, WORDS = 100, PICTURES = 8, WIDTH = 640, HEIGHT = 480, MAX_DIM = 4096 };

static void check(glyxel_status status, glyxel_error **error) {
  if (status == GLYXEL_OK) return;
  fprintf(stderr, "%s\n", glyxel_error_message(*error));
  exit(1);
}

/* A line of /proc/self/status: VmRSS is what is resident now, VmHWM the most that ever was. */
static double memory(const char *name) {
  char line[256];
  double kilobytes = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, name, strlen(name)) == 0) kilobytes = strtod(line + strlen(name) + 1, NULL);
  if (file != NULL) fclose(file);
  return kilobytes * 1024 / 1e6;
}

static void embed_texts(const glyxel_model *model, float *out) {
  static char text[WORDS * 6 + 1];
  glyxel_str texts[TEXTS];
  glyxel_error *error = NULL;
  int i;
  for (i = 0; i < WORDS; i++) memcpy(text + i * 6, "river ", 6);
  for (i = 0; i < TEXTS; i++) texts[i] = glyxel_cstr(text);
  check(glyxel_embed_texts(model, texts, TEXTS, NULL, NULL, out, (size_t)TEXTS * MAX_DIM, &error), &error);
}

static void embed_pictures(const glyxel_model *model, float *out) {
  static unsigned char pixels[WIDTH * HEIGHT * 3];
  glyxel_image images[PICTURES];
  glyxel_error *error = NULL;
  int i;
  for (i = 0; i < PICTURES; i++) {
    memset(&images[i], 0, sizeof images[i]);
    images[i].struct_size = sizeof images[i];
    images[i].format = GLYXEL_RGB8;
    images[i].width = WIDTH;
    images[i].height = HEIGHT;
    images[i].data = pixels;
    images[i].len = sizeof pixels;
  }
  check(glyxel_embed_images(model, images, PICTURES, NULL, NULL, out, (size_t)PICTURES * MAX_DIM, &error), &error);
}

int main(int argc, char **argv) {
  static float out[TEXTS * MAX_DIM];
  glyxel_error *error = NULL;
  glyxel_options *options = NULL;
  glyxel_model *model = NULL;
  glyxel_str text = glyxel_cstr("x");
  double before, loaded, loading;
  size_t count;

  if (argc != 4) {
    fprintf(stderr, "footprint MODEL PRECISION CACHE\n");
    return 2;
  }
  before = memory("VmRSS");
  check(glyxel_options_new(&options, &error), &error);
  check(glyxel_options_set(options, glyxel_cstr("precision"), glyxel_cstr(argv[2]), &error), &error);
  check(glyxel_options_set(options, glyxel_cstr("cache_dir"), glyxel_cstr(argv[3]), &error), &error);
  check(glyxel_model_load(glyxel_cstr(argv[1]), options, NULL, &model, &error), &error);
  loaded = memory("VmRSS");
  loading = memory("VmHWM");
  if (glyxel_count_tokens(model, &text, 1, &count, 1, NULL) == GLYXEL_OK)
    embed_texts(model, out);
  else
    embed_pictures(model, out);
  printf("before %.0f, while loading %.0f, loaded %.0f, while working %.0f\n", before, loading, loaded, memory("VmHWM"));
  glyxel_model_free(model);
  glyxel_options_free(options);
  return 0;
}
