/* Learns from a few examples whether a sentence praises a film, by centroids, and says how often that is right.
 *
 *   few_shot [MODEL [FILE]]     a model; a rating and a sentence a line, a tab in between. If left out: all-MiniLM-L6-v2 and the
 *                               rated film reviews, as `make` fetched them
 *
 * Above 0 a rating is praise, below 0 it is not; sentences rated 0 are left out. The sentences are shuffled, always in the
 * same way: the last 4,000 are the test, the examples are the first so many of each label among the others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyxel.h"

#define MOST 20000
#define TEST 4000
#define LONGEST 2000
#define THRESHOLD 0.3f

static glyxel_str texts[MOST];
static int32_t labels[MOST];

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

static size_t read_rated(const char *path) {
    static char line[LONGEST];
    FILE *file = fopen(path, "r");
    size_t count = 0, length;
    double rating;
    char *tab, *text;
    if (file == NULL) {
        fprintf(stderr, "%s cannot be opened: python3 scripts/fetch ratings makes target/data/ratings.tsv\n", path);
        exit(1);
    }
    while (count < MOST && fgets(line, sizeof line, file) != NULL) {
        tab = strchr(line, '\t');
        rating = atof(line);
        if (tab == NULL || rating == 0)
            continue;
        length = strcspn(tab + 1, "\n");
        text = enough(malloc(length + 1));
        memcpy(text, tab + 1, length);
        texts[count].ptr = text;
        texts[count].len = length;
        labels[count++] = rating > 0;
    }
    fclose(file);
    return count;
}

/* Fisher and Yates's, by a small generator of our own: the same on every machine. */
static void shuffle(size_t count) {
    uint64_t state = 1;
    size_t i, j;
    for (i = count - 1; i > 0; i--) {
        glyxel_str text = texts[i];
        int32_t label = labels[i];
        state = state * 6364136223846793005u + 1442695040888963407u;
        j = (size_t)((state >> 33) % (i + 1));
        texts[i] = texts[j];
        texts[j] = text;
        labels[i] = labels[j];
        labels[j] = label;
    }
}

/* Of the test, how many got a label, and how many the right one. */
static void classify(const glyxel_centroids *centroids, const float *test, const int32_t *truth, float threshold, size_t *given,
                     size_t *right) {
    static int32_t answers[TEST];
    glyxel_error *error = NULL;
    size_t i;
    check(glyxel_centroids_classify(centroids, test, TEST, threshold, NULL, answers, NULL, &error), &error, "classifying");
    *given = *right = 0;
    for (i = 0; i < TEST; i++) {
        *given += answers[i] >= 0;
        *right += answers[i] == truth[i];
    }
}

/* Learns `each` examples of each label, as far as there are so many. */
static void try_examples(const float *vectors, size_t count, size_t dim, size_t each) {
    size_t learned[2] = {0, 0}, pool = count - TEST, i, given, right, sure, right_of_sure;
    glyxel_centroids *centroids = NULL;
    glyxel_error *error = NULL;

    check(glyxel_centroids_new(2, dim, &centroids, &error), &error, "making centroids");
    for (i = 0; i < pool; i++)
        if (learned[labels[i]] < each) {
            check(glyxel_centroids_add(centroids, vectors + i * dim, &labels[i], 1, &error), &error, "learning");
            learned[labels[i]]++;
        }
    classify(centroids, vectors + pool * dim, labels + pool, -1, &given, &right);
    classify(centroids, vectors + pool * dim, labels + pool, THRESHOLD, &sure, &right_of_sure);
    printf("%8lu  %11.1f %%  %20.1f %%  %12.1f %%\n", (unsigned long)each, 100. * (double)right / TEST,
           sure ? 100. * (double)right_of_sure / (double)sure : 0, 100. * (double)sure / TEST);
    glyxel_centroids_free(centroids);
}

int main(int argc, char **argv) {
    static const size_t EXAMPLES[] = {4, 8, 16, 32, 64, 128, 512, 2048};
    const char *source = argc > 1 ? argv[1] : "target/models/all-MiniLM-L6-v2";
    const char *path = argc > 2 ? argv[2] : "target/data/ratings.tsv";
    size_t count = read_rated(path), dim, i, praise = 0;
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    float *vectors;

    if (count < 2 * TEST) {
        fprintf(stderr, "%s has %lu rated sentences; %d are needed\n", path, (unsigned long)count, 2 * TEST);
        return 1;
    }
    shuffle(count);
    check(glyxel_model_load(glyxel_cstr(source), NULL, NULL, &model, &error), &error, "loading the model");
    dim = glyxel_model_dim(model);
    vectors = enough(malloc(count * dim * sizeof *vectors));
    printf("embedding %lu sentences, of which %d are the test\n", (unsigned long)count, TEST);
    fflush(stdout);
    check(glyxel_embed_texts(model, texts, count, NULL, NULL, vectors, count * dim, &error), &error, "embedding");
    glyxel_model_free(model);

    for (i = count - TEST; i < count; i++)
        praise += labels[i] == 1;
    printf("of the test, the larger label is %.1f %%\n\n", 100. * (double)(praise * 2 > TEST ? praise : TEST - praise) / TEST);
    printf("examples of  right label  of those with a label   with a label\n");
    printf("each label                at a threshold of %.1f\n", THRESHOLD);
    for (i = 0; i < sizeof EXAMPLES / sizeof EXAMPLES[0]; i++)
        try_examples(vectors, count, dim, EXAMPLES[i]);

    for (i = 0; i < count; i++)
        free((char *)texts[i].ptr);
    free(vectors);
    return 0;
}
