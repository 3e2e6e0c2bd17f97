package orderflow.interop;

import java.io.IOException;

/** Runs the program named first; kills this process when standard input ends, which it does when the parent is gone, however. */
final class Launch {
    public static void main(String[] args) throws Exception {
        Thread watch = new Thread(Launch::endWithParent, "parent");
        watch.setDaemon(true);
        watch.start();
        String[] rest = java.util.Arrays.copyOfRange(args, 1, args.length);
        Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is ever said.
            }
        } catch (IOException error) {
            // The parent is gone all the same.
        }
        Runtime.getRuntime().halt(1);
    }
}
