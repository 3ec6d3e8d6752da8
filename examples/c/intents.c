/* Learns what a customer wants from a few sentences of each kind, and tells it of another one.
 *
 *   intents MODEL QUESTION      a checkpoint folder or a bundle
 */
#include <stdio.h>
#include <stdlib.h>

#include "glyxel.h"

#define EXAMPLES 6

static const char *const INTENTS[] = {"opening hours", "prices", "complaint"};
static const char *const SENTENCES[EXAMPLES] = {
    "When do you open on Sundays?", "Until what time is the shop open?",  "How much is the large one?",
    "What does delivery cost?",     "It broke on the second day already.", "I have been waiting for my order for weeks.",
};
static const int32_t LABELS[EXAMPLES] = {0, 0, 1, 1, 2, 2};

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
    glyxel_str texts[EXAMPLES + 1];
    float *vectors;
    size_t dim, i;

    if (argc != 3) {
        fprintf(stderr, "usage: intents MODEL QUESTION\n");
        return 2;
    }
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    dim = glyxel_model_dim(model);
    vectors = malloc((EXAMPLES + 1) * dim * sizeof *vectors);
    if (vectors == NULL)
        return 1;
    for (i = 0; i < EXAMPLES; i++)
        texts[i] = glyxel_cstr(SENTENCES[i]);
    texts[EXAMPLES] = glyxel_cstr(argv[2]);
    check(glyxel_embed_texts(model, texts, EXAMPLES + 1, NULL, NULL, vectors, (EXAMPLES + 1) * dim, &error), &error);

    {
        const float *question = vectors + EXAMPLES * dim;
        /* >>> intents */
        glyxel_centroids *intents = NULL;
        int32_t label;
        float score;
        check(glyxel_centroids_new(3, dim, &intents, &error), &error);
        check(glyxel_centroids_add(intents, vectors, LABELS, EXAMPLES, &error), &error);
        check(glyxel_centroids_classify(intents, question, 1, 0.2f, NULL, &label, &score, &error), &error);
        printf("%.3f  %s\n", score, label < 0 ? "something else" : INTENTS[label]);
        glyxel_centroids_free(intents);
        /* <<< */
    }

    free(vectors);
    glyxel_model_free(model);
    return 0;
}
