using System.IO;
using System.Linq;
using UnityEditor;
using UnityEditor.Build;
using UnityEditor.Build.Reporting;

namespace Glyxel.Unity
{
    /// <summary>
    /// Completes a Linux build: Unity copies plugins by the ending .so and so leaves out those with a version behind it, such as
    /// libgomp.so.1, which libtorch looks for beside itself.
    /// </summary>
    public sealed class CopyVersionedLibraries : IPostprocessBuildWithReport
    {
        /// <summary>Anywhere among the steps after a build.</summary>
        public int callbackOrder
        {
            get { return 0; }
        }

        /// <summary>Unity calls this after a build.</summary>
        public void OnPostprocessBuild(BuildReport report)
        {
            if (report.summary.platform != BuildTarget.StandaloneLinux64)
                return;
            UnityEditor.PackageManager.PackageInfo package = UnityEditor.PackageManager.PackageInfo.FindForAssembly(typeof(Model).Assembly);
            Copy(Path.Combine(package.resolvedPath, "Plugins/Linux/x86_64"), Path.GetDirectoryName(report.summary.outputPath));
        }

        /// <summary>Copies what Unity left out to where it put libglyxel.so.</summary>
        public static void Copy(string plugins, string build)
        {
            foreach (string library in Directory.GetFiles(build, "libglyxel.so", SearchOption.AllDirectories))
                foreach (string file in Directory.GetFiles(plugins, "*.so.*").Where(file => !file.EndsWith(".meta")))
                    File.Copy(file, Path.Combine(Path.GetDirectoryName(library), Path.GetFileName(file)), true);
        }
    }
}
