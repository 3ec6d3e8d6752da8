/* Finds the sentences that answer a query best.
 *
 *   search MODEL QUERY      a checkpoint folder or a bundle
 */
#include <stdio.h>
#include <stdlib.h>

#include "glyxel.h"

#define COUNT 6
#define BEST 3

static const char *const SENTENCES[COUNT] = {
    "The ferry to the island leaves at half past seven.",
    "A good pancake batter should rest for half an hour.",
    "The central bank raised interest rates again on Thursday.",
    "Our cat sleeps on the warm lid of the laundry basket.",
    "Mortgages have become more expensive this year.",
    "The last train back leaves the coast shortly before midnight.",
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
    glyxel_str texts[COUNT + 1];
    float *vectors;
    size_t dim, i;

    if (argc != 3) {
        fprintf(stderr, "usage: search MODEL QUERY\n");
        return 2;
    }
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    dim = glyxel_model_dim(model);
    vectors = malloc((COUNT + 1) * dim * sizeof *vectors);
    if (vectors == NULL)
        return 1;
    for (i = 0; i < COUNT; i++)
        texts[i] = glyxel_cstr(SENTENCES[i]);
    texts[COUNT] = glyxel_cstr(argv[2]);
    check(glyxel_embed_texts(model, texts, COUNT + 1, NULL, NULL, vectors, (COUNT + 1) * dim, &error), &error);

    {
        const float *corpus = vectors, *query = vectors + COUNT * dim;
        /* >>> search */
        uint64_t place[BEST];
        float score[BEST];
        check(glyxel_top_k(query, 1, corpus, COUNT, dim, GLYXEL_COSINE, BEST, NULL, place, score, &error), &error);
        for (i = 0; i < BEST; i++)
            printf("%.3f  %s\n", score[i], SENTENCES[place[i]]);
        /* <<< */
    }

    free(vectors);
    glyxel_model_free(model);
    return 0;
}
