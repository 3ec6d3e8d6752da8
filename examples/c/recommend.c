/* Recommends sentences to somebody who liked two of them.
 *
 *   recommend MODEL      a checkpoint folder or a bundle
 */
#include <stdio.h>
#include <stdlib.h>

#include "glyxel.h"

#define COUNT 7

static const char *const SENTENCES[COUNT] = {
    "A ferry takes you to the island in the morning.",
    "How to bake a crisp loaf of rye bread.",
    "Interest rates and what they mean for a mortgage.",
    "Sailing along the coast in a small boat.",
    "Pancakes with apples, as grandmother made them.",
    "A harbour guide for sailors on their first trip.",
    "Why cats sleep in the warmest place of the house.",
};

static void check(glyxel_status status, glyxel_error **error) {
    if (status == GLYXEL_OK)
        return;
    fprintf(stderr, "status %d: %s\n", (int)status, glyxel_error_message(*error));
    glyxel_error_free(*error);
    exit(1);
}

int main(int argc, char **argv) {
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_str texts[COUNT];
    float *vectors;
    size_t dim, i;

    if (argc != 2) {
        fprintf(stderr, "usage: recommend MODEL\n");
        return 2;
    }
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    dim = glyxel_model_dim(model);
    vectors = malloc(COUNT * dim * sizeof *vectors);
    if (vectors == NULL)
        return 1;
    for (i = 0; i < COUNT; i++)
        texts[i] = glyxel_cstr(SENTENCES[i]);
    check(glyxel_embed_texts(model, texts, COUNT, NULL, NULL, vectors, COUNT * dim, &error), &error);

    {
        /* >>> recommend */
        const uint64_t liked[] = {0, 3}, seen[] = {2};
        uint64_t place[2];
        float score[2];
        check(glyxel_recommend(vectors, COUNT, dim, liked, 2, seen, 1, GLYXEL_COSINE, 2, NULL, place, score, &error), &error);
        for (i = 0; i < 2; i++)
            printf("%.3f  %s\n", score[i], SENTENCES[place[i]]);
        /* <<< */
    }

    free(vectors);
    glyxel_model_free(model);
    return 0;
}
