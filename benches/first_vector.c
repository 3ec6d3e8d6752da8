/* A whole program around one embedding, for the time from its start to its first vector and for its peak memory.

     first_vector MODEL PRECISION THREADS CACHE [FILE]     with FILE: embeds every line of it, in one call

   Prints "ok" when the vectors are there. */
#include <glyxel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static glyxel_str str(const char *text) {
  glyxel_str s;
  s.ptr = text;
  s.len = strlen(text);
  return s;
}

static void check(glyxel_status status, glyxel_error **error) {
  if (status == 0) return;
  fprintf(stderr, "%s\n", glyxel_error_message(*error));
  exit(1);
}

/* The lines of a file, without their ends. */
static size_t read_lines(const char *path, glyxel_str **lines) {
  FILE *file = fopen(path, "rb");
  char *data, *at, *end;
  long size;
  size_t n = 0;
  if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
    perror(path);
    exit(1);
  }
  rewind(file);
  data = malloc((size_t)size + 1);
  *lines = malloc(((size_t)size + 1) * sizeof **lines);
  if (!data || !*lines || fread(data, 1, (size_t)size, file) != (size_t)size) {
    perror(path);
    exit(1);
  }
  fclose(file);
  data[size] = '\0';
  for (at = data; at < data + size; at = end + 1) {
    end = memchr(at, '\n', (size_t)(data + size - at));
    if (!end) end = data + size;
    (*lines)[n].ptr = at;
    (*lines)[n++].len = (size_t)(end - at);
  }
  *lines = realloc(*lines, (n + 1) * sizeof **lines);
  return n;
}

int main(int argc, char **argv) {
  glyxel_str one = str("A quiet and moving story about a family that returns to the sea.");
  glyxel_str *texts = &one;
  size_t n = 1, dim;
  glyxel_error *error = NULL;
  glyxel_options *options = NULL;
  glyxel_model *model = NULL;
  float *vectors;

  if (argc < 5) {
    fprintf(stderr, "first_vector MODEL PRECISION THREADS CACHE [FILE]\n");
    return 2;
  }
  if (argc > 5) n = read_lines(argv[5], &texts);
  check(glyxel_configure(str("threads"), str(argv[3]), &error), &error);
  check(glyxel_options_new(&options, &error), &error);
  check(glyxel_options_set(options, str("precision"), str(argv[2]), &error), &error);
  check(glyxel_options_set(options, str("cache_dir"), str(argv[4]), &error), &error);
  check(glyxel_model_load(str(argv[1]), options, NULL, &model, &error), &error);
  glyxel_options_free(options);
  dim = glyxel_model_dim(model);
  vectors = malloc(n * dim * sizeof *vectors);
  if (!vectors) return 1;
  check(glyxel_embed_texts(model, texts, n, NULL, NULL, vectors, n * dim, &error), &error);
  puts("ok");
  fflush(stdout);
  free(vectors);
  glyxel_model_free(model);
  return 0;
}
