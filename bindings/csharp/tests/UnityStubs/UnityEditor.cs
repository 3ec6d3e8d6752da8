using System;
using System.Reflection;

namespace UnityEditor
{
    public enum PlayModeStateChange
    {
        EnteredEditMode,
        ExitingEditMode,
        EnteredPlayMode,
        ExitingPlayMode
    }

    public static class EditorApplication
    {
        public static event Action<PlayModeStateChange> playModeStateChanged;

        public static void Change(PlayModeStateChange change)
        {
            if (playModeStateChanged != null)
                playModeStateChanged(change);
        }
    }

    public enum BuildTarget
    {
        StandaloneWindows64 = 19,
        StandaloneLinux64 = 24
    }
}

namespace UnityEditor.PackageManager
{
    public class PackageInfo
    {
        public static string Path;

        public string resolvedPath
        {
            get { return Path; }
        }

        public static PackageInfo FindForAssembly(Assembly assembly)
        {
            return new PackageInfo();
        }
    }
}

namespace UnityEditor.Build
{
    public interface IOrderedCallback
    {
        int callbackOrder { get; }
    }

    public interface IPostprocessBuildWithReport : IOrderedCallback
    {
        void OnPostprocessBuild(Reporting.BuildReport report);
    }
}

namespace UnityEditor.Build.Reporting
{
    public struct BuildSummary
    {
        public BuildTarget platform { get; set; }
        public string outputPath { get; set; }
    }

    public class BuildReport
    {
        public BuildSummary summary { get; set; }
    }
}
