// Embeds many texts as a task: with progress, a timeout, and a token that cancels it.
//
//   tasks MODEL      a checkpoint folder or a bundle
using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Glyxel;

static class Tasks
{
    static int Main(string[] arguments)
    {
        if (arguments.Length != 1)
        {
            Console.Error.WriteLine("usage: tasks MODEL");
            return 2;
        }
        try
        {
            Run(arguments[0]).GetAwaiter().GetResult();
            return 0;
        }
        catch (GlyxelException e)
        {
            Console.Error.WriteLine("{0}: {1}", e.Status, e.Message);
            return 1;
        }
    }

    static async Task Run(string source)
    {
        string[] texts = Enumerable.Range(0, 200).Select(i => "text number " + i).ToArray();
        CancellationTokenSource cancel = new CancellationTokenSource();
        Console.CancelKeyPress += (sender, pressed) => cancel.Cancel();
        // >>> tasks
        IProgress<Progress> progress = new Progress<Progress>(report => Console.Error.WriteLine(report)); // "Computing 40 of 200"
        try
        {
            using (Model model = await Model.LoadAsync(source, progress: progress))
            {
                float[] vectors = await model.EmbedTextsAsync(texts, progress: progress, timeout: TimeSpan.FromMinutes(10),
                    cancellationToken: cancel.Token);
                Console.WriteLine("{0} vectors of {1} numbers", texts.Length, vectors.Length / texts.Length);
            }
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("cancelled");
        }
        catch (TimeoutException)
        {
            Console.WriteLine("it took too long");
        }
        // <<<
    }
}
