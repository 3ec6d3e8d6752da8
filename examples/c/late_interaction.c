/* Finds the sentences that answer a query best, word by word, and says which word answered which.
 *
 *   late_interaction MODEL QUERY [colbert]
 *
 * MODEL is any text encoder; with one that was trained for it (say "colbert"), the order is much better.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    fprintf(stderr, "status %d: %s\n", (int)status, error && *error ? glyxel_error_message(*error) : "");
    exit(1);
}

/* The word of the best sentence that is nearest to each of the query's. */
static void explain(const glyxel_tokens *query, const char *asked, const glyxel_tokens *documents, size_t best) {
    const float *q, *d;
    const size_t *counts;
    size_t dim = glyxel_tokens_dim(query), n = glyxel_tokens_count(query, 0), begin, end, i, j, k;
    check(glyxel_tokens_vectors(query, &q, NULL), NULL);
    check(glyxel_tokens_vectors(documents, &d, &counts), NULL);
    for (i = 0; i < best; i++)
        d += counts[i] * dim;
    for (i = 0; i < n; i++) {
        float nearest = -2;
        size_t which = 0;
        check(glyxel_tokens_get(query, 0, i, NULL, NULL, &begin, &end), NULL);
        if (begin == end)
            continue; /* a special token */
        for (j = 0; j < counts[best]; j++) {
            float cosine = 0;
            for (k = 0; k < dim; k++)
                cosine += q[i * dim + k] * d[j * dim + k];
            if (cosine > nearest)
                nearest = cosine, which = j;
        }
        printf("    %.*s", (int)(end - begin), asked + begin);
        check(glyxel_tokens_get(documents, best, which, NULL, NULL, &begin, &end), NULL);
        if (begin == end)
            printf(" - the sentence as a whole (%.2f)\n", nearest);
        else
            printf(" - %.*s (%.2f)\n", (int)(end - begin), SENTENCES[best] + begin, nearest);
    }
}

int main(int argc, char **argv) {
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_str texts[COUNT], asked;
    int colbert = argc == 4 && strcmp(argv[3], "colbert") == 0;
    size_t i;

    if (argc != 3 && !colbert) {
        fprintf(stderr, "usage: late_interaction MODEL QUERY [colbert]\n");
        return 2;
    }
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    for (i = 0; i < COUNT; i++)
        texts[i] = glyxel_cstr(SENTENCES[i]);
    asked = glyxel_cstr(argv[2]);

    {
        /* >>> late_interaction */
        glyxel_token_options o = {.struct_size = sizeof o, .normalize = 1};
        glyxel_tokens *documents = NULL, *query = NULL;
        const float *document_vectors, *query_vectors;
        const size_t *document_counts, *query_counts;
        uint64_t place[BEST];
        float score[BEST];

        o.role = colbert ? GLYXEL_DOCUMENT : GLYXEL_TEXT;
        check(glyxel_embed_tokens(model, texts, COUNT, &o, NULL, &documents, &error), &error);
        o.role = colbert ? GLYXEL_QUERY : GLYXEL_TEXT;
        check(glyxel_embed_tokens(model, &asked, 1, &o, NULL, &query, &error), &error);
        check(glyxel_tokens_vectors(documents, &document_vectors, &document_counts), NULL);
        check(glyxel_tokens_vectors(query, &query_vectors, &query_counts), NULL);
        check(glyxel_max_sim(query_vectors, query_counts, 1, document_vectors, document_counts, COUNT, glyxel_tokens_dim(query),
                             GLYXEL_COSINE, BEST, NULL, place, score, &error),
              &error);
        for (i = 0; i < BEST; i++)
            printf("%.3f  %s\n", score[i], SENTENCES[place[i]]);
        /* <<< */
        explain(query, argv[2], documents, (size_t)place[0]);
        glyxel_tokens_free(query);
        glyxel_tokens_free(documents);
    }

    glyxel_model_free(model);
    return 0;
}
