using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Glyxel;
using Glyxel.Unity;
using UnityEngine;

/// <summary>
/// Finds the object that a phrase describes: "something to sit on", "the red one". A picture of each object is embedded once, and a phrase
/// is near the picture that it fits, with a model of texts and pictures (CLIP, SigLIP) as a bundle in StreamingAssets.
/// </summary>
public sealed class FindObject : MonoBehaviour
{
    [Tooltip("A bundle of CLIP or SigLIP in Assets/StreamingAssets; `glyxel convert openai/clip-vit-base-patch32 clip.pt` makes one.")]
    public string bundle = "clip.pt";

    [Tooltip("What can be found.")]
    public GameObject[] objects;

    [Tooltip("Takes the pictures; disabled, and with a plain background.")]
    public Camera portraitist;

    private const int Side = 224;
    private Model model;
    private float[] vectors;
    private string phrase = "";
    private string answer = "loading …";

    private async void Start()
    {
        try
        {
            model = await StreamingModels.LoadAsync(bundle);
            vectors = await Embed(objects);
            answer = "ready";
        }
        catch (OperationCanceledException)
        {
            // Play mode was left.
        }
        catch (Exception e)
        {
            answer = e.Message;
            Debug.LogException(e);
        }
    }

    private void OnGUI()
    {
        phrase = GUILayout.TextField(phrase);
        if (vectors != null && GUILayout.Button("find"))
            Search(phrase);
        GUILayout.Label(answer);
    }

    private async void Search(string what)
    {
        try
        {
            GameObject found = await Find(what);
            answer = found.name;
            portraitist.transform.LookAt(found.transform);
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>The object that a phrase describes best.</summary>
    public async Task<GameObject> Find(string what)
    {
        EmbedOptions unit = new EmbedOptions { Normalize = true };
        float[] wanted = await model.EmbedTextAsync("a photo of " + what, unit, null, default(TimeSpan), PlaySession.Ended);
        Neighbor[][] nearest = await Similarity.TopKAsync(wanted, vectors, wanted.Length, 1);
        // Behind an await in a script, we are on the main thread again.
        return objects[nearest[0][0].Index];
    }

    private async Task<float[]> Embed(IReadOnlyList<GameObject> seen)
    {
        Texture2D[] portraits = seen.Select(Portray).ToArray();
        try
        {
            Image[] images = portraits.Select(portrait => portrait.ToImage()).ToArray();
            return await model.EmbedImagesAsync(images, new EmbedOptions { Normalize = true }, null, default(TimeSpan), PlaySession.Ended);
        }
        finally
        {
            // Only now: the pixels were read where they lay.
            foreach (Texture2D portrait in portraits)
                Destroy(portrait);
        }
    }

    private Texture2D Portray(GameObject seen)
    {
        Bounds bounds = seen.GetComponentInChildren<Renderer>().bounds;
        portraitist.transform.position = bounds.center - 2 * bounds.size.magnitude * Vector3.forward;
        portraitist.transform.LookAt(seen.transform);
        RenderTexture target = RenderTexture.GetTemporary(Side, Side, 24);
        portraitist.targetTexture = target;
        portraitist.Render();
        RenderTexture.active = target;
        Texture2D portrait = new Texture2D(Side, Side, TextureFormat.RGBA32, false);
        portrait.ReadPixels(new Rect(0, 0, Side, Side), 0, 0);
        RenderTexture.active = null;
        portraitist.targetTexture = null;
        RenderTexture.ReleaseTemporary(target);
        return portrait;
    }
}
