#include "glyxel.h"
#include <stdio.h>
int main(void) {
    glyxel_str path = glyxel_cstr("target/models/all-MiniLM-L6-v2");
    glyxel_str texts[2] = {glyxel_cstr("A kitten naps by the stove."), glyxel_cstr("The cat is asleep in the kitchen.")};
    float v[2][384], cosine = 0;
    glyxel_model *model = NULL;
    glyxel_error *err = NULL;
    if (glyxel_model_load(path, NULL, NULL, &model, &err) != GLYXEL_OK ||
        glyxel_embed_texts(model, texts, 2, NULL, NULL, v[0], 2 * 384, &err) != GLYXEL_OK)
        return fprintf(stderr, "%s\n", glyxel_error_message(err)), 1;
    for (int i = 0; i < 384; i++) cosine += v[0][i] * v[1][i];
    printf("%.3f\n", cosine);
    glyxel_model_free(model);
}
