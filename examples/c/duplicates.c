/* Finds sentences that say the same: the pairs of a file's lines whose vectors are nearly alike.
 *
 *   duplicates [MODEL [FILE [THRESHOLD]]]     a model; texts, one a line; the least cosine. If left out: all-MiniLM-L6-v2 and
 *                                             film reviews as `make` fetched them, and 0.9
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyxel.h"

#define SHOWN 10

static void check(glyxel_status status, glyxel_error **error, const char *doing) {
    if (status == GLYXEL_OK)
        return;
    fprintf(stderr, "%s failed (status %d): %s\n", doing, (int)status, glyxel_error_message(*error));
    glyxel_error_free(*error);
    exit(1);
}

static void *enough(void *memory) {
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

/* The whole file. */
static char *read_text(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t room = 0, read;
    *length = 0;
    if (file == NULL) {
        fprintf(stderr, "%s cannot be opened\n", path);
        exit(1);
    }
    do {
        if (*length == room)
            text = enough(realloc(text, room = room ? 2 * room : 1 << 16));
        *length += read = fread(text + *length, 1, room - *length, file);
    } while (read > 0);
    fclose(file);
    return text;
}

/* Its lines, as pieces of it. */
static glyxel_str *split(const char *text, size_t length, size_t *count) {
    glyxel_str *lines = NULL;
    const char *line, *end, *last = text + length;
    *count = 0;
    for (line = text; line < last; line = end + 1) {
        end = memchr(line, '\n', (size_t)(last - line));
        if (end == NULL)
            end = last;
        if (*count % 1024 == 0)
            lines = enough(realloc(lines, (*count + 1024) * sizeof *lines));
        lines[*count].ptr = line;
        lines[(*count)++].len = (size_t)(end - line);
    }
    return lines;
}

static void show(const glyxel_str *line, uint64_t place) {
    printf("%7lu: %.*s\n", (unsigned long)place + 1, (int)line->len, line->ptr);
}

int main(int argc, char **argv) {
    const char *source = argc > 1 ? argv[1] : "target/models/all-MiniLM-L6-v2";
    const char *path = argc > 2 ? argv[2] : "target/data/reviews.txt";
    float threshold = argc > 3 ? (float)atof(argv[3]) : 0.9f;
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_pairs *pairs = NULL;
    glyxel_str *lines;
    char *text;
    float *vectors, score;
    size_t length, count, dim, rank, found;
    uint64_t first, second;

    text = read_text(path, &length);
    lines = split(text, length, &count);
    check(glyxel_model_load(glyxel_cstr(source), NULL, NULL, &model, &error), &error, "loading the model");
    dim = glyxel_model_dim(model);
    vectors = enough(malloc((count + 1) * dim * sizeof *vectors));
    printf("embedding %lu lines\n", (unsigned long)count);
    fflush(stdout);
    check(glyxel_embed_texts(model, lines, count, NULL, NULL, vectors, count * dim, &error), &error, "embedding");
    glyxel_model_free(model);

    /* >>> duplicates */
    check(glyxel_duplicates(vectors, count, dim, threshold, 0, NULL, &pairs, &error), &error, "comparing");
    found = glyxel_pairs_count(pairs);
    printf("pairs with a cosine of %.2f or more: %lu\n", threshold, (unsigned long)found);
    for (rank = 0; rank < found && rank < SHOWN; rank++)
        if (glyxel_pairs_get(pairs, rank, &first, &second, &score) == GLYXEL_OK) {
            printf("%.3f\n", score);
            show(&lines[first], first);
            show(&lines[second], second);
        }
    glyxel_pairs_free(pairs);
    /* <<< */
    free(vectors);
    free(lines);
    free(text);
    return 0;
}
