/* vectors: what every wrapper must get, bit for bit, for the inputs that tests/fixtures/vectors/README.md describes. Run in the
 * repository's root; prints a line for each item. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyxel.h"

enum { MOST_TEXTS = 32, LONGEST = 1024, PICTURES = 6, FILES = 4, WIDTH = 40, HEIGHT = 30, STRIDE = 3 * WIDTH, BEST = 5, BEST_DOCUMENTS = 3 };

typedef struct {
  char room[MOST_TEXTS][LONGEST];
  glyxel_str lines[MOST_TEXTS];
  size_t count;
} lines;

static lines texts, labels;
static unsigned char pixels[STRIDE * HEIGHT];
static glyxel_image images[PICTURES];

static void die(const char *doing, const char *why)
{
  fprintf(stderr, "vectors: %s: %s\n", doing, why);
  exit(1);
}

static void check(const char *doing, glyxel_status status, glyxel_error **error)
{
  if (status != GLYXEL_OK) die(doing, glyxel_error_message(*error));
}

static void *room(size_t bytes)
{
  void *memory = calloc(bytes + 1, 1);
  if (memory == NULL) die("making room", "there is no memory");
  return memory;
}

static void read_lines(const char *path, lines *into)
{
  FILE *file = fopen(path, "rb");
  if (file == NULL) die(path, "it cannot be opened; run this in the repository's root");
  while (into->count < MOST_TEXTS && fgets(into->room[into->count], LONGEST, file) != NULL) {
    char *line = into->room[into->count];
    into->lines[into->count].ptr = line;
    into->lines[into->count++].len = strcspn(line, "\n");
  }
  fclose(file);
}

static void read_picture(const char *path, glyxel_image *image)
{
  FILE *file = fopen(path, "rb");
  unsigned char *bytes = room(1 << 20);
  if (file == NULL) die(path, "it cannot be opened; run this in the repository's root");
  image->data = bytes;
  image->len = fread(bytes, 1, 1 << 20, file);
  fclose(file);
}

static void make_pictures(void)
{
  static const char *const PATHS[FILES] = {"tests/fixtures/images/pictures/0.png", "tests/fixtures/images/pictures/1.png",
                                           "tests/fixtures/images/pictures/2.png", "tests/fixtures/pictures/420.jpg"};
  size_t i;
  for (i = 0; i < sizeof pixels; i++)
    pixels[i] = (unsigned char)((i * 7 + i / STRIDE) % 256);
  for (i = 0; i < PICTURES; i++) {
    images[i].struct_size = sizeof images[i];
    if (i < FILES) {
      read_picture(PATHS[i], &images[i]);
      continue;
    }
    images[i].format = i == FILES ? GLYXEL_RGB8 : GLYXEL_GRAY8;
    images[i].width = WIDTH;
    images[i].height = HEIGHT;
    images[i].row_stride = STRIDE;
    images[i].bottom_up = i != FILES;
    images[i].data = pixels;
    images[i].len = sizeof pixels;
  }
}

static glyxel_model *load(const char *path)
{
  glyxel_model *model = NULL;
  glyxel_error *error = NULL;
  check(path, glyxel_model_load(glyxel_cstr(path), NULL, NULL, &model, &error), &error);
  return model;
}

static void print_float(float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  printf(" %08lx", (unsigned long)bits);
}

static void print_rows(const char *name, const float *values, size_t rows, size_t columns)
{
  size_t row, column;
  for (row = 0; row < rows; row++) {
    printf("%s %lu", name, (unsigned long)row);
    for (column = 0; column < columns; column++)
      print_float(values[row * columns + column]);
    printf("\n");
  }
}

static void print_predictions(const char *name, const glyxel_predictions *predictions, size_t items)
{
  size_t item, rank;
  for (item = 0; item < items; item++) {
    printf("%s %lu", name, (unsigned long)item);
    for (rank = 0; rank < glyxel_predictions_count(predictions, item); rank++) {
      int64_t index = 0;
      float score = 0;
      if (glyxel_predictions_get(predictions, item, rank, NULL, &index, &score) != GLYXEL_OK) die(name, "a prediction cannot be read");
      printf(" %08lx", (unsigned long)index);
      print_float(score);
    }
    printf("\n");
  }
}

static void print_tokens(const char *name, const glyxel_tokens *tokens, size_t items)
{
  size_t item, token, column, dim = glyxel_tokens_dim(tokens);
  const float *vector = NULL;
  if (glyxel_tokens_vectors(tokens, &vector, NULL) != GLYXEL_OK) die(name, "the vectors cannot be read");
  for (item = 0; item < items; item++) {
    printf("%s %lu", name, (unsigned long)item);
    for (token = 0; token < glyxel_tokens_count(tokens, item); token++, vector += dim) {
      uint32_t id = 0;
      size_t begin = 0, end = 0;
      if (glyxel_tokens_get(tokens, item, token, &id, NULL, &begin, &end) != GLYXEL_OK) die(name, "a token cannot be read");
      printf(" %08lx %08lx %08lx", (unsigned long)id, (unsigned long)begin, (unsigned long)end);
      for (column = 0; column < dim; column++)
        print_float(vector[column]);
    }
    printf("\n");
  }
}

static void with_minilm(void)
{
  glyxel_model *model = load("target/models/all-MiniLM-L6-v2");
  size_t dim = glyxel_model_dim(model), count = texts.count * dim;
  float *out = room(count * sizeof *out);
  glyxel_error *error = NULL;
  check("embed_texts", glyxel_embed_texts(model, texts.lines, texts.count, NULL, NULL, out, count, &error), &error);
  print_rows("embed_texts", out, texts.count, dim);
  free(out);
  glyxel_model_free(model);
}

static void with_lite0(void)
{
  glyxel_model *model = load("target/models/tf_efficientnet_lite0");
  size_t dim = glyxel_model_dim(model), count = PICTURES * dim;
  float *out = room(count * sizeof *out);
  glyxel_predictions *predictions = NULL;
  glyxel_task_options options;
  glyxel_error *error = NULL;
  check("embed_images", glyxel_embed_images(model, images, PICTURES, NULL, NULL, out, count, &error), &error);
  print_rows("embed_images", out, PICTURES, dim);
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.top_k = BEST;
  check("classify_images", glyxel_classify_images(model, images, PICTURES, &options, NULL, &predictions, &error), &error);
  print_predictions("classify_images", predictions, PICTURES);
  glyxel_predictions_free(predictions);
  free(out);
  glyxel_model_free(model);
}

static void with_heads(void)
{
  static float scores[MOST_TEXTS * MOST_TEXTS];
  const size_t most = sizeof scores / sizeof scores[0];
  glyxel_predictions *predictions = NULL;
  glyxel_error *error = NULL;
  glyxel_model *model = load("tests/fixtures/heads/bert");
  check("classify_texts", glyxel_classify_texts(model, texts.lines, texts.count, NULL, NULL, &predictions, &error), &error);
  print_predictions("classify_texts", predictions, texts.count);
  glyxel_predictions_free(predictions);
  check("zero_shot_texts", glyxel_zero_shot_texts(model, texts.lines, texts.count, labels.lines, labels.count, NULL, NULL, scores, most, &error),
        &error);
  print_rows("zero_shot_texts", scores, texts.count, labels.count);
  glyxel_model_free(model);

  model = load("tests/fixtures/heads/bert_cross_encoder");
  check("score_pairs", glyxel_score_pairs(model, texts.lines, texts.lines + 1, texts.count - 1, NULL, NULL, scores, most, &error), &error);
  print_rows("score_pairs", scores, texts.count - 1, 1);
  glyxel_model_free(model);

  model = load("tests/fixtures/images/clip");
  check("zero_shot_images", glyxel_zero_shot_images(model, images, PICTURES, labels.lines, labels.count, NULL, NULL, scores, most, &error), &error);
  print_rows("zero_shot_images", scores, PICTURES, labels.count);
  glyxel_model_free(model);
}

static glyxel_tokens *embed_tokens(const char *name, const glyxel_model *model, int32_t role)
{
  glyxel_tokens *tokens = NULL;
  glyxel_token_options options;
  glyxel_error *error = NULL;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.role = role;
  check(name, glyxel_embed_tokens(model, texts.lines, texts.count, &options, NULL, &tokens, &error), &error);
  print_tokens(name, tokens, texts.count);
  return tokens;
}

static void with_tokens(void)
{
  uint64_t index[MOST_TEXTS * BEST_DOCUMENTS];
  float score[MOST_TEXTS * BEST_DOCUMENTS];
  const float *asked = NULL, *all = NULL;
  const size_t *query_counts = NULL, *document_counts = NULL;
  size_t item, rank;
  glyxel_tokens *tokens, *queries, *documents;
  glyxel_error *error = NULL;
  glyxel_model *model = load("tests/fixtures/heads/bert");
  tokens = embed_tokens("embed_tokens", model, GLYXEL_TEXT);
  glyxel_tokens_free(tokens);
  glyxel_model_free(model);

  model = load("tests/fixtures/tokens/pylate");
  queries = embed_tokens("embed_queries", model, GLYXEL_QUERY);
  documents = embed_tokens("embed_documents", model, GLYXEL_DOCUMENT);
  glyxel_tokens_vectors(queries, &asked, &query_counts);
  glyxel_tokens_vectors(documents, &all, &document_counts);
  check("max_sim", glyxel_max_sim(asked, query_counts, texts.count, all, document_counts, texts.count, glyxel_tokens_dim(queries), GLYXEL_COSINE,
                                  BEST_DOCUMENTS, NULL, index, score, &error), &error);
  for (item = 0; item < texts.count; item++) {
    printf("max_sim %lu", (unsigned long)item);
    for (rank = item * BEST_DOCUMENTS; rank < (item + 1) * BEST_DOCUMENTS; rank++) {
      printf(" %08lx", (unsigned long)index[rank]);
      print_float(score[rank]);
    }
    printf("\n");
  }
  glyxel_tokens_free(queries);
  glyxel_tokens_free(documents);
  glyxel_model_free(model);
}

int main(void)
{
  size_t i;
  read_lines("tests/fixtures/vectors/texts.txt", &texts);
  read_lines("tests/fixtures/vectors/labels.txt", &labels);
  if (texts.count < BEST_DOCUMENTS || labels.count == 0) die("tests/fixtures/vectors", "there are too few texts, or no labels");
  make_pictures();
  with_minilm();
  with_lite0();
  with_heads();
  with_tokens();
  for (i = 0; i < FILES; i++)
    free((void *)images[i].data);
  return 0;
}
