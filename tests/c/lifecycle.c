/* lifecycle MODE MODEL CACHE DELAY: a process that ends, forks or shuts the library down while threads embed. What matters is how it
 * ends: with 0 and in time. DELAY (microseconds) varies where in the work it happens. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "glyxel.h"

enum { THREADS = 4, TEXTS = 24, MAX_DIM = 1024, TIMEOUT_S = 120 };

static const char WORDS[] = "the river is a very good and a very long story of the river and of the film in the river to the end of it";
static glyxel_model *model;
static int ending; /* Read and written atomically. */

static void die(const char *doing, const char *why)
{
  fprintf(stderr, "%s: %s\n", doing, why);
  _exit(1);
}

static void check(const char *doing, glyxel_status status, glyxel_error **error)
{
  if (status != GLYXEL_OK) die(doing, glyxel_error_message(*error));
}

static glyxel_status embed(glyxel_error **error)
{
  static __thread float out[TEXTS * MAX_DIM];
  glyxel_str texts[TEXTS];
  size_t i;
  for (i = 0; i < TEXTS; i++) {
    texts[i].ptr = WORDS;
    texts[i].len = 4 + i * 4;
  }
  return glyxel_embed_texts(model, texts, TEXTS, NULL, NULL, out, TEXTS * glyxel_model_dim(model), error);
}

/* Embeds until the process ends or is about to free the model; a shutdown may cancel calls in the middle, and nothing else may go wrong. */
static void *work(void *unused)
{
  (void)unused;
  while (!__atomic_load_n(&ending, __ATOMIC_ACQUIRE)) {
    glyxel_error *error = NULL;
    glyxel_status status = embed(&error);
    if (status != GLYXEL_OK && status != GLYXEL_CANCELLED) die("embedding", glyxel_error_message(error));
    glyxel_error_free(error);
  }
  return NULL;
}

static void pause_us(long us)
{
  struct timespec time;
  time.tv_sec = us / 1000000;
  time.tv_nsec = us % 1000000 * 1000;
  nanosleep(&time, NULL);
}

static void load(const char *source, const char *cache)
{
  glyxel_options *options = NULL;
  glyxel_error *error = NULL;
  check("options", glyxel_options_new(&options, &error), &error);
  check("cache_dir", glyxel_options_set(options, glyxel_cstr("cache_dir"), glyxel_cstr(cache), &error), &error);
  check("loading", glyxel_model_load(glyxel_cstr(source), options, NULL, &model, &error), &error);
  glyxel_options_free(options);
  if (glyxel_model_dim(model) > MAX_DIM) die("loading", "the model is too large for this test");
}

/* The child: every call gives an error, none hangs or crashes, and it can exit. */
static void be_child(void)
{
  glyxel_error *error = NULL;
  glyxel_control *control = (glyxel_control *)&error;
  alarm(TIMEOUT_S);
  if (embed(&error) != GLYXEL_UNSUPPORTED || glyxel_error_code(error) != GLYXEL_UNSUPPORTED) _exit(2);
  glyxel_error_free(error);
  if (glyxel_shutdown(0, NULL) != GLYXEL_UNSUPPORTED) _exit(3);
  if (glyxel_control_new(&control, NULL) != GLYXEL_UNSUPPORTED) _exit(4);
  if (control != (glyxel_control *)&error) _exit(5);
  if (glyxel_model_info(model) != NULL || glyxel_model_dim(model) != 0) _exit(6);
  glyxel_model_free(model);
  exit(0);
}

static void fork_in_the_middle(long delay)
{
  int round;
  for (round = 0; round < 3; round++) {
    int status = -1;
    pid_t child;
    pause_us(delay);
    child = fork();
    if (child == 0) be_child();
    if (child < 0 || waitpid(child, &status, 0) != child) die("fork", "there is no child");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      fprintf(stderr, "the child ended with %x\n", (unsigned)status);
      _exit(1);
    }
  }
}

static void shut_down_in_the_middle(long delay)
{
  glyxel_error *error = NULL;
  pause_us(delay);
  check("shutdown", glyxel_shutdown(0, &error), &error);
  check("shutdown again", glyxel_shutdown(1000 * TIMEOUT_S, &error), &error);
}

/* Out of time, most likely: what runs ends by itself, and then calls work again, without another shutdown. */
static void shut_down_without_patience(long delay)
{
  glyxel_error *error = NULL;
  glyxel_status status;
  pause_us(delay);
  status = glyxel_shutdown(1, &error);
  if (status != GLYXEL_OK && status != GLYXEL_TIMEOUT) die("shutdown", glyxel_error_message(error));
  do {
    glyxel_error_free(error);
    error = NULL;
    status = embed(&error);
    if (status != GLYXEL_OK && status != GLYXEL_CANCELLED) die("embedding after it", glyxel_error_message(error));
  } while (status != GLYXEL_OK);
}

int main(int argc, char **argv)
{
  pthread_t threads[THREADS];
  long delay;
  glyxel_error *error = NULL;
  int i;
  if (argc != 5) die("usage", "lifecycle exit|return|fork|shutdown|impatient MODEL CACHE DELAY");
  /* A hang ends here, and is a failure. */
  alarm(TIMEOUT_S);
  delay = strtol(argv[4], NULL, 10);
  load(argv[2], argv[3]);
  for (i = 0; i < THREADS; i++) {
    if (pthread_create(&threads[i], NULL, work, NULL) != 0) die("pthread_create", "no thread");
  }
  switch (argv[1][0]) {
  case 'e':
    pause_us(delay);
    exit(0);
  case 'r':
    pause_us(delay);
    return 0;
  case 'f':
    fork_in_the_middle(delay);
    break;
  case 's':
    shut_down_in_the_middle(delay);
    break;
  case 'i':
    shut_down_without_patience(delay);
    break;
  default:
    die("usage", "there is no such mode");
  }
  /* The parent goes on as before. */
  if (embed(&error) != GLYXEL_OK) die("embedding afterwards", glyxel_error_message(error));
  __atomic_store_n(&ending, 1, __ATOMIC_RELEASE);
  for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  glyxel_model_free(model);
  _exit(0);
}
