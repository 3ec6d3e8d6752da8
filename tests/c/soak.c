/* soak calls MODEL: memory must not grow. After 2,000 calls of varying lengths, 20,000 more may add 5 %, and all of them
 * together 200 MB to what was in use after loading.
 * soak loads MODEL: after 100 times that a model was loaded, used and freed, 1,000 more may add 5 %.
 * Prints the figures; 1 if there is too much of it. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyxel.h"
#include "soak.h"

enum { WARM_UP = 2000, CALLS = 20000, FIRST_LOADS = 100, LOADS = 1000, LAST = 50, MOST_TEXTS = 8, MOST_WORDS = 400, MAX_DIM = 4096 };

static const char *const WORDS[] = {"the ", "river ", "is ", "long ", "and ", "a ", "film ", "about ", "it ", "was ", "not ",
                                    "very ", "good, ", "said ", "critics ", "in ", "1984. ", "Nobody ", "understood ", "why? "};
enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0], LONGEST_WORD = 12 };

static unsigned next_random(unsigned most)
{
  static unsigned long state = 20260101;
  return below(&state, most + 1);
}

static void check(const char *doing, glyxel_status status, glyxel_error **error)
{
  if (status == GLYXEL_OK) return;
  fprintf(stderr, "soak: %s: %s\n", doing, glyxel_error_message(*error));
  exit(2);
}

/* Most texts are short, and some as long as it gets. */
static size_t write_text(char *text)
{
  unsigned most = next_random(3) != 0 ? 20 : next_random(3) != 0 ? 100 : MOST_WORDS;
  unsigned words = next_random(most);
  size_t len = 0;
  while (words-- > 0) {
    const char *word = WORDS[next_random(WORD_COUNT - 1)];
    memcpy(text + len, word, strlen(word));
    len += strlen(word);
  }
  return len;
}

static void embed(const glyxel_model *model, unsigned calls)
{
  static char room[MOST_TEXTS][MOST_WORDS * LONGEST_WORD];
  static float out[MOST_TEXTS * MAX_DIM];
  while (calls-- > 0) {
    glyxel_error *error = NULL;
    glyxel_str texts[MOST_TEXTS];
    /* Mostly one text, as a search box has it. */
    size_t n = next_random(3) != 0 ? 1 : 1 + next_random(MOST_TEXTS - 1);
    size_t i;
    for (i = 0; i < n; i++) {
      texts[i].ptr = room[i];
      texts[i].len = write_text(room[i]);
    }
    check("embedding", glyxel_embed_texts(model, texts, n, NULL, NULL, out, MOST_TEXTS * MAX_DIM, &error), &error);
    if (calls % 2000 == 0) {
      printf("  %u calls to go: %.0f MB\n", calls, resident());
      fflush(stdout);
    }
  }
}

static glyxel_model *load(const char *source)
{
  glyxel_model *model = NULL;
  glyxel_error *error = NULL;
  check("loading", glyxel_model_load(glyxel_cstr(source), NULL, NULL, &model, &error), &error);
  return model;
}

static int soak_calls(const char *source)
{
  glyxel_model *model = load(source);
  double loaded = resident(), warm, end;
  printf("after loading: %.0f MB\n", loaded);
  embed(model, WARM_UP);
  warm = resident();
  printf("after %d calls: %.0f MB\n", WARM_UP, warm);
  embed(model, CALLS);
  end = resident();
  printf("after %d more: %.0f MB, %+.1f %%; %+.0f MB since loading\n", CALLS, end, 100 * (end - warm) / warm, end - loaded);
  glyxel_model_free(model);
  if (end > 1.05 * warm || end > loaded + 200) {
    fprintf(stderr, "soak: memory grew by more than 5 %%, or to more than 200 MB above what it was after loading\n");
    return 1;
  }
  return 0;
}

/* Gives what is resident after the last loads, at the least of LAST: a model's memory goes back a moment after it was freed, and the C library keeps now more, now
 * less of it. */
static double load_and_free(const char *source, unsigned times)
{
  double least = 0;
  while (times-- > 0) {
    glyxel_model *model = load(source);
    glyxel_str text = glyxel_cstr("A text to see that it works.");
    float out[MAX_DIM];
    glyxel_error *error = NULL;
    double now;
    check("embedding", glyxel_embed_texts(model, &text, 1, NULL, NULL, out, MAX_DIM, &error), &error);
    glyxel_model_free(model);
    now = resident();
    if (times < LAST && (least == 0 || now < least)) {
      least = now;
    }
    if (times % 100 == 0) {
      printf("  %u loads to go: %.0f MB\n", times, now);
      fflush(stdout);
    }
  }
  return least;
}

static int soak_loads(const char *source)
{
  double warm = load_and_free(source, FIRST_LOADS), end;
  printf("after %d loads: %.0f MB\n", FIRST_LOADS, warm);
  end = load_and_free(source, LOADS);
  printf("after %d more: %.0f MB, %+.1f %%\n", LOADS, end, 100 * (end - warm) / warm);
  if (end > 1.05 * warm) {
    fprintf(stderr, "soak: memory grew by more than 5 %%\n");
    return 1;
  }
  return 0;
}

int main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "calls") == 0) return soak_calls(argv[2]);
  if (argc == 3 && strcmp(argv[1], "loads") == 0) return soak_loads(argv[2]);
  fprintf(stderr, "usage: soak calls|loads MODEL\n");
  return 2;
}
