/* A log callback for LifetimeTests: native, as the wrapper wants it. It counts the messages that have the user pointer 42. */
#include <stdatomic.h>

#include "glyxel.h"

static atomic_int heard, wrong;

static void sink(int32_t level, glyxel_str message, void *user)
{
  if (user == (void *)42 && level >= GLYXEL_LOG_ERROR && level <= GLYXEL_LOG_DEBUG && message.ptr != NULL && message.len > 0)
    atomic_fetch_add(&heard, 1);
  else
    atomic_fetch_add(&wrong, 1);
}

glyxel_log_callback log_sink(void) { return sink; }
int log_heard(void) { return atomic_load(&heard); }
int log_wrong(void) { return atomic_load(&wrong); }
