/* Searches in vectors of one bit a number, and has the float query decide among the best.
 *
 *   quantize MODEL QUERY      a checkpoint folder or a bundle
 */
#include <stdio.h>
#include <stdlib.h>

#include "glyxel.h"

#define COUNT 6
#define BEST 2

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

static void *enough(void *memory) {
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

int main(int argc, char **argv) {
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_str texts[COUNT + 1];
    float *vectors;
    size_t dim, i;

    if (argc != 3) {
        fprintf(stderr, "usage: quantize MODEL QUERY\n");
        return 2;
    }
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    dim = glyxel_model_dim(model);
    vectors = enough(malloc((COUNT + 1) * dim * sizeof *vectors));
    for (i = 0; i < COUNT; i++)
        texts[i] = glyxel_cstr(SENTENCES[i]);
    texts[COUNT] = glyxel_cstr(argv[2]);
    check(glyxel_embed_texts(model, texts, COUNT + 1, NULL, NULL, vectors, (COUNT + 1) * dim, &error), &error);

    {
        const float *query = vectors + COUNT * dim;
        /* >>> quantize */
        size_t width = (dim + 7) / 8;
        uint8_t *codes = enough(malloc((COUNT + 1) * width));
        uint64_t place[BEST];
        float score[BEST];
        check(glyxel_quantize(vectors, COUNT + 1, dim, GLYXEL_UBINARY, NULL, NULL, codes, (COUNT + 1) * width, &error), &error);
        check(glyxel_top_k_quantized(codes + COUNT * width, 1, codes, COUNT, dim, GLYXEL_UBINARY, BEST, query, 0, NULL, place, score, &error),
              &error);
        printf("%lu bytes a vector instead of %lu\n", (unsigned long)width, (unsigned long)(dim * sizeof(float)));
        for (i = 0; i < BEST; i++)
            printf("%.3f  %s\n", score[i], SENTENCES[place[i]]);
        free(codes);
        /* <<< */
    }

    free(vectors);
    glyxel_model_free(model);
    return 0;
}
