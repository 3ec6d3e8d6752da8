/* Embeds some sentences, prints how similar each is to each, and finds the one nearest to a query.
 *
 *   similarity [MODEL]      a checkpoint folder or a bundle; all-MiniLM-L6-v2 as `make` fetched it, if left out
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyxel.h"

static const char *const SENTENCES[] = {
    "The ferry to the island leaves at half past seven.",
    "When does the boat go out in the morning?",
    "Whisk the eggs with sugar until the foam is pale.",
    "A good pancake batter should rest for half an hour.",
    "The central bank raised interest rates again on Thursday.",
    "Mortgages have become more expensive this year.",
    "Our cat sleeps on the warm lid of the laundry basket.",
    "The kitten curled up beside the radiator.",
};
#define COUNT (sizeof SENTENCES / sizeof SENTENCES[0])

static const char QUERY[] = "How do I cook breakfast for my children?";

/* Every call that can fail returns a status, and says in the error what went wrong and what to do. */
static void check(glyxel_status status, glyxel_error **error, const char *doing) {
    if (status == GLYXEL_OK)
        return;
    fprintf(stderr, "%s failed (status %d): %s\n", doing, (int)status, glyxel_error_message(*error));
    glyxel_error_free(*error);
    exit(1);
}

/* Of unit vectors, which this model gives, the cosine is the dot product. */
static float similarity(const float *a, const float *b, size_t dim) {
    float sum = 0;
    size_t i;
    for (i = 0; i < dim; i++)
        sum += a[i] * b[i];
    return sum;
}

int main(int argc, char **argv) {
    const char *source = argc > 1 ? argv[1] : "target/models/all-MiniLM-L6-v2";
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_embed_options options;
    glyxel_str texts[COUNT + 1];
    const float *query;
    float *vectors;
    size_t dim, i, j, nearest = 0;

    printf("glyxel %s\nloading %s (the first time, it is converted)\n", glyxel_version(), source);
    fflush(stdout);
    check(glyxel_model_load(glyxel_cstr(source), NULL, NULL, &model, &error), &error, "loading the model");

    dim = glyxel_model_dim(model);
    vectors = malloc((COUNT + 1) * dim * sizeof *vectors);
    if (vectors == NULL) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    for (i = 0; i < COUNT; i++)
        texts[i] = glyxel_cstr(SENTENCES[i]);
    texts[COUNT] = glyxel_cstr(QUERY);

    /* >>> embed */
    /* All zero is the default; unit vectors are asked for, whatever the model says. */
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.normalize = 1;
    check(glyxel_embed_texts(model, texts, COUNT + 1, &options, NULL, vectors, (COUNT + 1) * dim, &error), &error, "embedding");
    /* <<< */
    printf("%u texts, %u numbers each\n\n", (unsigned)(COUNT + 1), (unsigned)dim);

    for (i = 0; i < COUNT; i++)
        printf("%6u", (unsigned)(i + 1));
    printf("\n");
    for (i = 0; i < COUNT; i++) {
        for (j = 0; j < COUNT; j++)
            printf("%6.2f", similarity(vectors + i * dim, vectors + j * dim, dim));
        printf("   %u  %s\n", (unsigned)(i + 1), SENTENCES[i]);
    }

    query = vectors + COUNT * dim;
    for (i = 1; i < COUNT; i++)
        if (similarity(query, vectors + i * dim, dim) > similarity(query, vectors + nearest * dim, dim))
            nearest = i;
    printf("\n%s\n  is nearest to: %s (%.2f)\n", QUERY, SENTENCES[nearest], similarity(query, vectors + nearest * dim, dim));

    free(vectors);
    glyxel_model_free(model);
    return 0;
}
