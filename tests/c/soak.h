/* What the soaks share: numbers that only look random, the same ones every time, and the process's memory. */
#ifndef SOAK_H
#define SOAK_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* From 0 to n - 1. */
static unsigned below(unsigned long *state, unsigned n)
{
  *state = (*state * 6364136223846793005ul + 1442695040888963407ul) & 0xfffffffffffffffful;
  return (unsigned)(*state >> 33) % n;
}

/* Resident memory in MB. */
static double resident(void)
{
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*u %lu", &pages) != 1) {
    fprintf(stderr, "soak: /proc/self/statm cannot be read\n");
    exit(2);
  }
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

#endif
