/* soak_callers MODEL MINUTES: 64 threads call one model at the same time: most with one text, some with a few, one with hundreds, and
 * now and then a call is cancelled. No vector may differ from what the text gives alone, and after the first two tenths of the time memory may
 * grow by 5 % at most. Prints the figures; 1 if something is wrong. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "glyxel.h"
#include "soak.h"

enum { CALLERS = 64, TEXTS = 256, MOST = 300, WARM = 2, WORDS_MOST = 40, WORD_ROOM = 12, DIM = 384 };
/* As tests/abi: what batching may change in f32. */
static const float TOLERANCE = 1e-5f;

static const char *const WORDS[] = {"the ", "harbour ", "is ", "quiet ", "and ", "a ", "boat ", "about ", "it ", "was ", "not ",
                                    "very ", "far, ", "said ", "they ", "in ", "2026. ", "Somebody ", "waved ", "back? "};
enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0] };

static char room[TEXTS][WORDS_MOST * WORD_ROOM];
static glyxel_str texts[TEXTS];
static float alone[TEXTS][DIM];
static glyxel_model *model;

/* What has been counted, behind a lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls, given_up, wrong;
static int ended;

struct caller {
  pthread_t thread;
  unsigned long state;
  size_t most;
  double longest;
};

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(const char *doing, glyxel_status status, glyxel_error *error)
{
  if (status == GLYXEL_OK) return;
  fprintf(stderr, "soak_callers: %s: %s\n", doing, glyxel_error_message(error));
  exit(2);
}

static void write_texts(void)
{
  unsigned long state = 20261126;
  size_t i;
  for (i = 0; i < TEXTS; i++) {
    unsigned words = 1 + below(&state, below(&state, 4) != 0 ? 16 : WORDS_MOST);
    size_t len = 0;
    while (words-- > 0) {
      const char *word = WORDS[below(&state, WORD_COUNT)];
      memcpy(room[i] + len, word, strlen(word));
      len += strlen(word);
    }
    texts[i].ptr = room[i];
    texts[i].len = len;
  }
}

/* Adds a call, and returns whether there are to be more. */
static int count(int was_given_up, long wrong_vectors)
{
  int more;
  pthread_mutex_lock(&lock);
  calls++;
  given_up += was_given_up;
  wrong += wrong_vectors;
  more = !ended;
  pthread_mutex_unlock(&lock);
  return more;
}

static long calls_so_far(void)
{
  long so_far;
  pthread_mutex_lock(&lock);
  so_far = calls;
  pthread_mutex_unlock(&lock);
  return so_far;
}

static int differs(const float *got, const float *expected)
{
  int i;
  for (i = 0; i < DIM; i++) {
    if (!(fabsf(got[i] - expected[i]) <= TOLERANCE)) return 1;
  }
  return 0;
}

static void *call(void *argument)
{
  struct caller *caller = argument;
  glyxel_str given[MOST];
  size_t which[MOST], i;
  float *out = malloc(sizeof *out * MOST * DIM);
  long wrong_vectors;
  int was_given_up;
  if (out == NULL) exit(2);
  do {
    size_t n = caller->most == 1 ? 1 : 1 + below(&caller->state, (unsigned)caller->most);
    int gives_up = below(&caller->state, 50) == 0;
    glyxel_control *control = NULL;
    glyxel_error *error = NULL;
    glyxel_status status;
    double start = now(), took;
    for (i = 0; i < n; i++) {
      which[i] = below(&caller->state, TEXTS);
      given[i] = texts[which[i]];
    }
    if (gives_up) {
      check("making a control", glyxel_control_new(&control, &error), error);
      glyxel_control_set_timeout(control, 1 + below(&caller->state, 20));
    }
    status = glyxel_embed_texts(model, given, n, NULL, control, out, n * DIM, &error);
    took = now() - start;
    if (took > caller->longest) caller->longest = took;
    was_given_up = gives_up && status == GLYXEL_TIMEOUT;
    if (!was_given_up) check("embedding", status, error);
    wrong_vectors = 0;
    for (i = 0; i < n && !was_given_up; i++) wrong_vectors += differs(out + i * DIM, alone[which[i]]);
    glyxel_error_free(error);
    glyxel_control_free(control);
  } while (count(was_given_up, wrong_vectors));
  free(out);
  return NULL;
}

int main(int argc, char **argv)
{
  static struct caller callers[CALLERS];
  double minutes = argc == 3 ? atof(argv[2]) : 0, start, warm = 0, end = 0, longest = 0;
  glyxel_error *error = NULL;
  size_t i;
  int tenth;
  if (!(minutes > 0)) {
    fprintf(stderr, "usage: soak_callers MODEL MINUTES\n");
    return 2;
  }
  check("loading", glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), error);
  write_texts();
  for (i = 0; i < TEXTS; i++) check("embedding", glyxel_embed_texts(model, &texts[i], 1, NULL, NULL, alone[i], DIM, &error), error);
  printf("after loading: %.0f MB\n", resident());
  start = now();
  for (i = 0; i < CALLERS; i++) {
    callers[i].state = i + 1;
    callers[i].most = i == 0 ? MOST : i % 8 == 0 ? 8 : 1;
    if (pthread_create(&callers[i].thread, NULL, call, &callers[i]) != 0) return 2;
  }
  for (tenth = 1; tenth <= 10; tenth++) {
    while (now() - start < minutes * 6 * tenth) nanosleep(&(struct timespec){0, 100000000}, NULL);
    end = resident();
    if (tenth == WARM) warm = end;
    printf("  after %.1f minutes: %.0f MB, %ld calls\n", minutes * tenth / 10, end, calls_so_far());
    fflush(stdout);
  }
  pthread_mutex_lock(&lock);
  ended = 1;
  pthread_mutex_unlock(&lock);
  for (i = 0; i < CALLERS; i++) {
    pthread_join(callers[i].thread, NULL);
    if (callers[i].longest > longest) longest = callers[i].longest;
  }
  printf("after %.1f minutes: %.0f MB, %+.1f %%; %ld calls, %ld of them given up, the longest took %.2f s; %ld wrong vectors\n", minutes, end,
         100 * (end - warm) / warm, calls, given_up, longest, wrong);
  glyxel_model_free(model);
  if (wrong > 0) return fprintf(stderr, "soak_callers: vectors differ from those of the texts alone\n"), 1;
  if (given_up == 0) return fprintf(stderr, "soak_callers: no call was given up, which is to be seen, too\n"), 1;
  if (end > 1.05 * warm) return fprintf(stderr, "soak_callers: memory grew by more than 5 %%\n"), 1;
  return 0;
}
